import Fastify from 'fastify'
import t from 'tap'
import { passesOptionsOn, reports } from './fixtures/named-plugin.js'

t.test('a plugin named in option app is registered in workers under its prefix with app.options', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(reports, { prefix: '/reports', greeting: 'hello' })
  t.same((await app.inject('/reports/blocking')).json(), { isMainThread: false, url: '/reports/blocking', greeting: 'hello' })
  t.same((await app.inject('/reports/loop')).json(), { isMainThread: true, url: '/reports/loop', greeting: 'hello' })
})

t.test('a plugin that passes on all options that it was given is registered in workers under its prefix, once', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  const options = { prefix: '/reports', greeting: 'hello' }
  app.register(async (app) => { app.register(passesOptionsOn, options) }, { prefix: '/api' })
  t.same((await app.inject('/api/reports/blocking')).json(), { isMainThread: false, url: '/api/reports/blocking', options })
  t.same((await app.inject('/api/reports/loop')).json(), { isMainThread: true, url: '/api/reports/loop', options })
})
