const executor = new URL('./host-executor.js', import.meta.url).href

export async function resolve (specifier, context, next) {
  const resolved = await next(specifier, context)
  // A host has threads of its own, and this executor is none of the package's parts.
  const isLoop = context.parentURL?.endsWith('/dist/loop/workers.js')
  return isLoop && resolved.url.endsWith('/dist/threads/thread-pool.js') ? { ...resolved, url: executor, format: 'module' } : resolved
}
