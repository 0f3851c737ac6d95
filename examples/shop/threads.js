/**
 * What runs in worker threads: 'explicit', what is marked `blocking: blocks`; 'all', everything that does not say `blocking: false`;
 * 'none', nothing. Workers inherit the environment, and so agree.
 */
export const threads = process.env.SHOP_THREADS ?? 'explicit'

if (!['explicit', 'all', 'none'].includes(threads)) throw new Error(`SHOP_THREADS is ${threads}; make it explicit, all or none`)

export const blocks = threads !== 'none'
