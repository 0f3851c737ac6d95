import { executionAsyncResource } from 'node:async_hooks'

/*
 * Workaround for V8's hidden classes: a major garbage collection that finds none of the objects of
 * process.nextTick alive discards their hidden classes. If that happens before process.nextTick is hot, it is
 * slow for the life of the process: on Node 20 a small server loses a fifth of its requests per second.
 * Loading this plugin and starting its threads cause such a collection, so one of the objects is kept alive
 * here. See docs/benchmarks.md.
 */
export let keptTick: object | undefined

process.nextTick(() => { keptTick = executionAsyncResource() })
