import Fastify from 'fastify'
import t from 'tap'
import { reports } from './fixtures/named-plugin.js'

t.test('a plugin named in option app is registered in workers under its prefix with app.options', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(reports, { prefix: '/reports', greeting: 'hello' })
  t.same((await app.inject('/reports/blocking')).json(), { isMainThread: false, url: '/reports/blocking', greeting: 'hello' })
  t.same((await app.inject('/reports/loop')).json(), { isMainThread: true, url: '/reports/loop', greeting: 'hello' })
})
