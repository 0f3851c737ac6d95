import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import t from 'tap'

t.test('minThreads workers have booted when ready() resolves', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: new URL('fixtures/without-routes.js', import.meta.url), pool: { minThreads: 2, maxThreads: 3 } })
  t.match(app.blocking.stats().threads, { starting: 2, live: 0 }, 'they boot beside the main thread')
  await app.ready()
  t.same(app.blocking.stats().threads, { starting: 0, live: 2, busy: 0, retired: 0, exiting: 0 })
})
