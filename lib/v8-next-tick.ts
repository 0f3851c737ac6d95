import { executionAsyncResource } from 'node:async_hooks'

/*
 * A major garbage collection that finds none of the objects of process.nextTick alive throws the hidden classes away by
 * which V8 knows them. Before the function is hot that makes it slow for the life of the process: on Node 20 a small
 * server loses a fifth of its requests per second. Loading this plugin and starting its threads bring such a collection
 * about, so one of the objects is kept. See docs/benchmarks.md.
 */
export let keptTick: object | undefined

process.nextTick(() => { keptTick = executionAsyncResource() })
