import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import blocking, { type BlockingOptions, dependency } from 'fastify-blocking'
import t, { type Test } from 'tap'
import { pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)
const key = dependency(async () => { throw Object.assign(new Error('no'), { statusCode: 403 }) })
const guard = dependency(async () => 'nobody')

async function open (t: Test, options: Partial<BlockingOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(blocking, { app: fixture('registers-only.js'), pool, ...options })
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
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { route.dependencies = { key } })
  app.get('/vault', async () => 'gold')
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_NOT_REGISTERED', message: 'GET /vault' })
})

t.test('without a registration a mark may be taken away', async (t) => {
  const app = Fastify()
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
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { if ((route.config as { key?: boolean } | undefined)?.key) route.dependencies = { key } })
  await app.register(blocking, { app: fixture('registers-only.js'), pool })
  app.get('/vault', { config: { key: true } as object }, async () => 'gold')
  t.equal((await app.inject('/vault')).statusCode, 403)
  t.equal((await app.inject({ method: 'HEAD', url: '/vault' })).statusCode, 403)
})
