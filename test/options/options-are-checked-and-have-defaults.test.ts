import Fastify, { type RouteOptions } from 'fastify'
import blocking, { type BlockingOptions, type BlockingRouteOption } from 'fastify-blocking'
import t from 'tap'
import { countProcessors } from '../../dist/options/processors.js'
import { readOptions } from '../../dist/options/settings.js'
import { pool, registerFixture } from '../support/boot.js'

const app = import.meta.filename

const wrong: Array<[option: string, options: Record<string, unknown>, hint: string | RegExp]> = [
  ['app', {}, 'import.meta.url'],
  ['app', { app: '' }, 'import.meta.url'],
  ['app', { app: 5 }, 'Got 5'],
  ['app', { app: { module: app } }, 'factory'],
  ['app', { app: { module: app, factory: 'build', plugin: 'default' } }, 'factory'],
  ['app', { app: { module: app, factory: '' } }, 'factory'],
  ['app', { app: { module: app, factory: 'build', option: {} } }, 'factory'],
  ['app', { app: { module: app, factory: 'build', options: 5 } }, 'factory'],
  ['tiemout', { app, tiemout: 5 }, 'there is no such option'],
  ['dispatch', { app, dispatch: 'auto' }, 'Got \'auto\''],
  ['dispatch.measured', { app, dispatch: {} }, 'An object of { threshold }'],
  ['dispatch.measured', { app, dispatch: { measured: true } }, 'Got true'],
  ['dispatch.measured.threshold', { app, dispatch: { measured: { threshold: 0 } } }, 'Got 0'],
  ['dispatch.measured.limit', { app, dispatch: { measured: { limit: 20 } } }, 'there is no such option'],
  ['timeout', { app, timeout: '5s' }, 'Got \'5s\''],
  ['timeout', { app, timeout: -1 }, 'Got -1'],
  ['timeout', { app, timeout: Number.NaN }, 'Got NaN'],
  ['timeout', { app, timeout: null }, 'Got null'],
  ['grace', { app, grace: -1 }, 'Got -1'],
  ['bootTimeout', { app, bootTimeout: 0 }, 'Got 0'],
  ['bootTimeout', { app, bootTimeout: -5 }, 'Got -5'],
  ['workerHooks', { app, workerHooks: '@fastify/cookie' }, 'Got \'@fastify/cookie\''],
  ['workerHooks.0', { app, workerHooks: [5] }, 'Got 5'],
  ['context', { app, context: [] }, 'AsyncLocalStorage'],
  ['context.tenant', { app, context: { tenant: {} } }, 'Two functions'],
  ['context.tenant', { app, context: { tenant: { capture () {} } } }, 'Two functions'],
  ['pool', { app, pool: 4 }, 'Got 4'],
  ['pool.threads', { app, pool: { threads: 4 } }, 'there is no such option'],
  ['pool.minThreads', { app, pool: { minThreads: -1 } }, 'Got -1'],
  ['pool.minThreads', { app, pool: { minThreads: 1.5 } }, 'Got 1.5'],
  ['pool.minThreads', { app, pool: { minThreads: 3, maxThreads: 2 } }, '3 is more than pool.maxThreads, 2'],
  ['pool.maxThreads', { app, pool: { maxThreads: -1 } }, 'Got -1'],
  ['pool.maxThreads', { app, pool: { maxThreads: '2' } }, 'Got \'2\''],
  ['pool.idleTimeout', { app, pool: { idleTimeout: -1 } }, 'Got -1'],
  ['pool.concurrentTasksPerWorker', { app, pool: { concurrentTasksPerWorker: 0 } }, 'Got 0'],
  ['pool.resourceLimits', { app, pool: { resourceLimits: 64 } }, 'Got 64'],
  ['pool.resourceLimits.maxOldGenerationSizeMb', { app, pool: { resourceLimits: { maxOldGenerationSizeMb: 0 } } }, 'Got 0'],
  ['pool.resourceLimits.heap', { app, pool: { resourceLimits: { heap: 64 } } }, 'there is no such option'],
  ['pool.niceIncrement', { app, pool: { niceIncrement: -1 } }, 'Got -1'],
  ['pool.env', { app, pool: { env: { PORT: 3000 } } }, 'an object of strings'],
  ['pool.env', { app, pool: { env: null } }, 'an object of strings'],
  ['pool.argv', { app, pool: { argv: '--fast' } }, 'Got \'--fast\''],
  ['pool.execArgv', { app, pool: { execArgv: '--fast' } }, 'Got \'--fast\''],
  ['pool.trackUnmanagedFds', { app, pool: { trackUnmanagedFds: 1 } }, 'Got 1'],
  ['queue', { app, queue: 100 }, 'Got 100'],
  ['queue.max', { app, queue: { max: -1 } }, 'Got -1'],
  ['queue.max', { app, queue: { max: 0.5 } }, 'Got 0.5'],
  ['queue.timeout', { app, queue: { timeout: -1 } }, 'Got -1'],
  ['queue.size', { app, queue: { size: 1 } }, 'there is no such option'],
  ['metrics', { app, metrics: true }, 'Where metrics go'],
  ['metrics.statsd', { app, metrics: { statsd: true } }, 'there is no such option'],
  ['metrics.prometheus', { app, metrics: { prometheus: {} } }, 'A Registry of prom-client'],
  ['metrics.prometheus', { app, metrics: { prometheus: 'registry' } }, 'A Registry of prom-client'],
  ['metrics.openTelemetry', { app, metrics: { openTelemetry: {} } }, 'A MeterProvider of OpenTelemetry']
]

for (const [name, options, hint] of wrong) {
  t.test(`option ${name} is named where it is wrong, with what it should be: ${JSON.stringify(options)}`, async (t) => {
    const server = Fastify()
    t.teardown(() => server.close())
    const registered = t.rejects(async () => { await server.register(blocking, options as BlockingOptions) }, {
      code: 'FST_BLOCKING_INVALID_OPTION',
      message: `option ${name}: `
    })
    const error = await registered as Error
    t.match(error.message, hint)
  })
}

t.test('an app that is no file fails at registration', async (t) => {
  const missing = [new URL('fixtures/missing.js', import.meta.url), new URL('fixtures/missing.js', import.meta.url).href, 'test/options/fixtures/missing.js']
  for (const app of [...missing, ...missing.map((module) => ({ module, factory: 'build' }))]) {
    await t.rejects(registerFixture('', { app }), { code: 'FST_BLOCKING_APP_NOT_FOUND', message: 'test/options/fixtures/missing.js' })
  }
})

t.test('an app that is no file: URL fails at registration', async (t) => {
  await t.rejects(registerFixture('', { app: new URL('https://example.com/app.js') }), { code: 'FST_BLOCKING_APP_NOT_FOUND', message: 'https://example.com/app.js' })
})

t.test('app.options that cannot cross to the worker fail at registration', async (t) => {
  class Tariff {}
  const notData = [{ log: () => {} }, { tariff: new Tariff() }, new Tariff()]
  for (const [form, options] of [{ factory: 'build' }, { plugin: 'build' }].flatMap((form) => notData.map((options) => [form, options] as const))) {
    const app = { module: import.meta.url, ...form, options } as { module: string, factory: string, options: Record<string, unknown> }
    await t.rejects(registerFixture('', { app }), { code: 'FST_BLOCKING_INVALID_OPTION', message: /option app\.options[.\w]*: it must be plain data, since it crosses to the worker, and is (a|an) \w+.*; leave it out there/ })
  }
})

t.test('an option of a route', async (t) => {
  const server = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => server.close())
  await server.register(blocking, { app: new URL('../boot/fixtures/does-not-register.js', import.meta.url), pool })

  const wrong: Array<[value: unknown, name: string, hint: string]> = [
    [{ timeuot: 1 }, 'blocking timeuot', 'there is no such option'],
    [{ timeout: -1 }, 'blocking timeout', 'Got -1'],
    [{ priority: 0.5 }, 'blocking priority', 'Got 0.5'],
    [{ concurrency: 0 }, 'blocking concurrency', 'Got 0'],
    [{ parse: 1 }, 'blocking parse', 'Got 1'],
    ['yes', 'blocking', 'Got \'yes\''],
    [1, 'blocking', 'Got 1'],
    [null, 'blocking', 'Got null']
  ]

  t.test('what is wrong in a route\'s option is named with the route', async (t) => {
    for (const [value, name, hint] of wrong) {
      const error = t.throws(() => {
        server.get('/report', { blocking: value as BlockingRouteOption }, () => 'report')
      }, { code: 'FST_BLOCKING_INVALID_OPTION', message: `route GET /report: ${name}: ` }) as Error
      t.match(error.message, hint)
    }
  })

  t.test('undefined is as good as no option', async (t) => {
    const options = { blocking: undefined } as unknown as { blocking: false }
    const routes: RouteOptions[] = []
    server.addHook('onRoute', (route) => { routes.push(route) })
    const handler = (): string => 'report'
    t.doesNotThrow(() => server.get('/report', options, handler))
    t.same(routes.map(({ method }) => method), ['GET', 'HEAD'])
    for (const route of routes) t.equal(route.handler, handler, 'it is not blocking')
  })
})

t.test('every option but app has a default', async (t) => {
  const maxThreads = countProcessors()
  t.same(readOptions({ app }), {
    app,
    dispatch: 'explicit',
    threshold: 20,
    pool: { minThreads: 1, maxThreads, maxRetired: 1, idleTimeout: 60_000, concurrentTasksPerWorker: 1, niceIncrement: process.platform === 'linux' ? 5 : 0 },
    queue: { max: 1_000, timeout: 10_000 },
    timeout: 30_000,
    grace: 1_000,
    recycle: {},
    bootTimeout: undefined,
    workerHooks: [],
    context: {},
    errorClasses: []
  })
})

t.test('a threshold comes with the dispatch that it is of', async (t) => {
  t.match(readOptions({ app, dispatch: 'measured' }), { dispatch: 'measured', threshold: 20 })
  t.match(readOptions({ app, dispatch: { measured: {} } }), { dispatch: 'measured', threshold: 20 })
  t.match(readOptions({ app, dispatch: { measured: { threshold: 7 } } }), { dispatch: 'measured', threshold: 7 })
})

t.test('minThreads may be 0', async (t) => {
  t.match(readOptions({ app, pool: { minThreads: 0, maxThreads: 7 } }).pool, { minThreads: 0, maxThreads: 7 })
})

t.test('maxThreads is not less than minThreads by default', async (t) => {
  const minThreads = countProcessors() + 5
  t.match(readOptions({ app, pool: { minThreads } }).pool, { minThreads, maxThreads: minThreads })
})

t.test('an option that is given as undefined has its default', async (t) => {
  const none = Object.fromEntries([
    'minThreads', 'maxThreads', 'maxRetired', 'idleTimeout', 'concurrentTasksPerWorker', 'niceIncrement'
  ].map((name) => [name, undefined]))
  const { pool, queue } = readOptions({ app, pool: none, queue: { max: undefined, timeout: undefined } })
  const defaults = readOptions({ app })
  t.same(pool, defaults.pool)
  t.same(queue, defaults.queue)
})

t.test('a group that is given in part keeps the other defaults', async (t) => {
  t.same(readOptions({ app, queue: { max: 5 } }).queue, { max: 5, timeout: 10_000 })
})
