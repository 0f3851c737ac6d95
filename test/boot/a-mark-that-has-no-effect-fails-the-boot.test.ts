import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import blocking, { type BlockingOptions, dependency } from 'fastify-blocking'
import t, { type Test } from 'tap'
import { pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)
const options = { app: fixture('does-not-register.js'), pool }
const registering = { app: fixture('registers-only.js'), pool }

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
  app.register(async (inner) => { await inner.register(blocking, registering) }, { prefix: '/covered' })
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

  beside.register(async (inner) => { await inner.register(blocking, registering) }, { prefix: '/covered' })
  beside.register(async (inner) => { inner.get('/beside', { dependencies }, async () => 'beside') })
  await t.rejects(async () => { await beside.ready() }, { code: 'FST_BLOCKING_REGISTERED_ELSEWHERE', message: 'GET /beside' })

  await socket.register(blocking, options)
  socket.addDependencies(dependencies)
  socket.route({ method: 'GET', url: '/socket', websocket: true, handler: () => {} } as RouteOptions)
  await t.rejects(async () => { await socket.ready() }, { code: 'FST_BLOCKING_NO_WEBSOCKET', message: 'GET /socket' })
})

const key = dependency(async () => { throw Object.assign(new Error('no'), { statusCode: 403 }) })
const guard = dependency(async () => 'nobody')

async function open (t: Test, options: Partial<BlockingOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { ...registering, ...options })
  return app
}

const late: [what: string, change: (route: RouteOptions) => void, own: Partial<RouteOptions>, mark: string][] = [
  ['`blocking` that is set', (route) => { route.blocking = true }, {}, 'blocking'],
  ['`blocking` that is taken away', (route) => { delete route.blocking }, { blocking: true }, 'blocking'],
  ['`blocking` that is changed in place', (route) => { Object.assign(route.blocking!, { timeout: 5 }) }, { blocking: { timeout: 7 } }, 'blocking'],
  ['`dependencies` that are set', (route) => { route.dependencies = { key } }, {}, 'dependencies'],
  ['`dependencies` that are changed', (route) => { route.dependencies = { key: guard } }, { dependencies: { key } }, 'dependencies'],
  ['one more of `dependencies`', (route) => { Object.assign(route.dependencies!, { guard }) }, { dependencies: { key } }, 'dependencies'],
  ['`dependencies` that are taken away', (route) => { delete route.dependencies }, { dependencies: { key } }, 'dependencies']
]

for (const [what, change, own, mark] of late) {
  t.test(what, async (t) => {
    const app = await open(t)
    app.addHook('onRoute', change)
    app.route({ method: 'GET', url: '/vault', handler: async () => 'gold', ...own })
    await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_MARKED_TOO_LATE', message: `GET /vault: \`${mark}\`` })
  })
}

t.test('also without a registration', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { route.dependencies = { key } })
  app.get('/vault', async () => 'gold')
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_NOT_REGISTERED', message: 'GET /vault' })
})

t.test('without a registration a mark may be taken away', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { delete route.blocking })
  app.get('/', { blocking: true }, async () => 'loop')
  t.equal((await app.inject('/')).body, 'loop')
})

t.test('a mark that changes nothing does not', async (t) => {
  const app = await open(t)
  app.addHook('onRoute', (route) => {
    route.blocking ??= false
    if (route.dependencies !== undefined) route.dependencies = { ...route.dependencies }
  })
  app.get('/', async () => 'loop')
  app.get('/vault', { dependencies: { key } }, async () => 'gold')
  t.equal((await app.inject('/')).body, 'loop')
  t.equal((await app.inject('/vault')).statusCode, 403)
})

t.test('a mark of a hook that was there before the registration counts', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { if ((route.config as { key?: boolean } | undefined)?.key) route.dependencies = { key } })
  await app.register(blocking, registering)
  app.get('/vault', { config: { key: true } as object }, async () => 'gold')
  t.equal((await app.inject('/vault')).statusCode, 403)
  t.equal((await app.inject({ method: 'HEAD', url: '/vault' })).statusCode, 403)
})
