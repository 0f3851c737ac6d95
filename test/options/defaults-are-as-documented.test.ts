import { availableParallelism } from 'node:os'
import t from 'tap'
import { readOptions } from '../../dist/options/settings.js'

const app = import.meta.url

t.test('every option but app has a default', async (t) => {
  const maxThreads = availableParallelism()
  t.same(readOptions({ app }), {
    app,
    dispatch: 'explicit',
    pool: { minThreads: Math.max(1, Math.floor(maxThreads / 2)), maxThreads, maxRetired: 1, idleTimeout: 60_000, concurrentTasksPerWorker: 1, niceIncrement: process.platform === 'linux' ? 5 : 0 },
    queue: { max: 1_000, timeout: 10_000 },
    timeout: 30_000,
    grace: 1_000,
    recycle: {},
    bootTimeout: 60_000,
    workerHooks: [],
    context: {},
    errorClasses: []
  })
})

t.test('bootTimeout is Fastify\'s pluginTimeout by default', async (t) => {
  t.equal(readOptions({ app }, 10_000).bootTimeout, 10_000)
})

t.test('minThreads is half of maxThreads by default, and at least 1', async (t) => {
  t.match(readOptions({ app, pool: { maxThreads: 7 } }).pool, { minThreads: 3, maxThreads: 7 })
  t.match(readOptions({ app, pool: { maxThreads: 1 } }).pool, { minThreads: 1, maxThreads: 1 })
})

t.test('maxThreads is not less than minThreads by default', async (t) => {
  const minThreads = availableParallelism() + 5
  t.match(readOptions({ app, pool: { minThreads } }).pool, { minThreads, maxThreads: minThreads })
})

t.test('a group that is given in part keeps the other defaults', async (t) => {
  t.same(readOptions({ app, queue: { max: 5 } }).queue, { max: 5, timeout: 10_000 })
})
