import Fastify, { type RouteOptions } from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'

const options = { app: new URL('fixtures/does-not-register.js', import.meta.url), pool }

t.test('a route marked blocking before the plugin is registered fails the boot with its name', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.get('/early', { blocking: true }, () => 'early')
  await t.rejects(async () => { await app.register(blocking, options) }, { code: 'FST_BLOCKING_REGISTERED_TOO_LATE', message: 'GET /early' })
})

t.test('a route marked blocking before the plugin has loaded fails the boot with its name', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(blocking, options)
  app.get('/early', { blocking: { timeout: 5 } }, () => 'early')
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_REGISTERED_TOO_LATE', message: 'await app.register' })
})

t.test('a route of a plugin that has loaded before fails the boot with its name', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(async (inner) => { inner.get('/early', { blocking: true }, () => 'early') }, { prefix: '/inner' })
  await t.rejects(async () => { await app.register(blocking, options) }, { code: 'FST_BLOCKING_REGISTERED_TOO_LATE', message: 'GET /inner/early' })
})

t.test('a route marked blocking in a context beside the plugin\'s fails the boot with its name', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(async (inner) => { await inner.register(blocking, { ...options, app: new URL('fixtures/registers-only.js', import.meta.url) }) }, { prefix: '/covered' })
  app.register(async (inner) => { inner.get('/beside', { blocking: true }, () => 'beside') })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_REGISTERED_ELSEWHERE', message: 'GET /beside' })
})

t.test('a route with dependencies that the plugin would not see fails the boot, since its guard would be missing', async (t) => {
  const dependencies = { guard: dependency((_request, _dependencies, reply) => reply.code(401).send()) }
  const early = Fastify({ pluginTimeout: 100_000 })
  const beside = Fastify({ pluginTimeout: 100_000 })
  const socket = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => Promise.all([early.close(), beside.close(), socket.close()]))
  early.get('/early', { dependencies }, async () => 'early')
  await t.rejects(async () => { await early.register(blocking, options) }, { code: 'FST_BLOCKING_REGISTERED_TOO_LATE', message: 'GET /early' })

  beside.register(async (inner) => { await inner.register(blocking, { ...options, app: new URL('fixtures/registers-only.js', import.meta.url) }) }, { prefix: '/covered' })
  beside.register(async (inner) => { inner.get('/beside', { dependencies }, async () => 'beside') })
  await t.rejects(async () => { await beside.ready() }, { code: 'FST_BLOCKING_REGISTERED_ELSEWHERE', message: 'GET /beside' })

  await socket.register(blocking, options)
  socket.addDependencies(dependencies)
  t.throws(() => socket.route({ method: 'GET', url: '/socket', websocket: true, handler: () => {} } as RouteOptions),
    { code: 'FST_BLOCKING_UPGRADE_ROUTE', message: 'GET /socket' })
})
