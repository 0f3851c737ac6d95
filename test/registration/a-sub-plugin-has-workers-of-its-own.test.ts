import Fastify from 'fastify'
import t from 'tap'
import reports from './fixtures/one-sub-plugin.js'

t.test('a plugin that registers this one is built in its workers alone, under its prefix', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  // What a context beside has is nobody's business.
  app.register(async (beside) => { beside.decorate('parent', true) })
  app.register(reports, { prefix: '/reports' })
  const response = await app.inject('/reports/blocking')
  t.same(response.json(), { isMainThread: false, isWorker: true, decorated: true, hasParent: false, prefix: '/reports' })
  t.notOk(app.hasDecorator('blocking'), 'nothing is added outside of it')
})

t.test('the same plugin under two prefixes has workers for each', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(reports, { prefix: '/one' })
  app.register(reports, { prefix: '/two' })
  t.match((await app.inject('/one/blocking')).json(), { isMainThread: false, prefix: '/one' })
  t.match((await app.inject('/two/blocking')).json(), { isMainThread: false, prefix: '/two' })
})
