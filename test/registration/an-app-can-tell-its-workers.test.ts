import { createRequire } from 'node:module'
import Fastify from 'fastify'
import blocking, { isWorker } from 'fastify-blocking'
import t from 'tap'
import reports from './fixtures/one-sub-plugin.js'

t.test('isWorker is false on the main thread, however it is come by', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: { module: new URL('fixtures/one-sub-plugin.js', import.meta.url), plugin: 'default' }, pool: { maxThreads: 1 } })
  t.equal(isWorker, false)
  t.equal(app.blocking.isWorker, false)
  const required = createRequire(import.meta.url)('fastify-blocking') as { isWorker: boolean }
  t.equal(required.isWorker, false)
})

t.test('isWorker is true in a worker, however it is come by', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(reports)
  t.match((await app.inject('/blocking')).json(), { isWorker: true, decorated: true })
})
