import Fastify, { type FastifyInstance } from 'fastify'
import blocking, { type BlockingOptions, type BlockingRouteOption, dependency } from 'fastify-blocking'
import t from 'tap'
import { bootError, pool, registerFixture } from '../support/boot.js'

async function appWith (add: (app: FastifyInstance) => void, options: Partial<BlockingOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: new URL('../boot/fixtures/registers-only.js', import.meta.url), pool, ...options })
  add(app)
  return app
}

t.test('options that contradict a hook are named', async (t) => {
  const code = 'FST_BLOCKING_INVALID_OPTION'
  const given = (value: unknown) => value as never
  for (const hook of ['onRequest', 'preValidation'] as const) {
    t.throws(() => dependency({ hook, blocking: true }, function guard () {}), { code, message: /dependency guard: option blocking: .*offload/ })
    t.throws(() => dependency({ hook, schema: { headers: {} } }, () => {}), { code, message: /option schema: nothing is validated yet/ })
    t.throws(() => dependency(given({ hook, lifetime: 'app' }), () => {}), { code, message: /option hook/ })
    t.ok(dependency({ hook, blocking: false }, () => {}))
  }
  t.ok(dependency({ hook: 'handler', blocking: true, schema: { headers: {} } }, () => {}))
  t.throws(() => dependency({ hook: given('preHandler') }, () => {}), { code, message: /option hook/ })
})

t.test('what runs earlier cannot need what runs later, or in a worker', async (t) => {
  const code = 'FST_BLOCKING_DEPENDENCY_TOO_EARLY'
  const needs = {
    handler: dependency(() => 1),
    preValidation: dependency({ hook: 'preValidation' }, () => 1),
    worker: dependency({ blocking: true }, () => 1),
    app: dependency({ blocking: true, lifetime: 'app' }, () => 1)
  }
  for (const [name, need] of Object.entries(needs)) {
    for (const hook of ['onRequest', 'preValidation'] as const) {
      if (name === hook) continue
      const guard = dependency({ hook, dependencies: { need } }, () => 1)
      const app = await appWith((app) => app.get('/', { dependencies: { guard } }, async () => ''))
      t.match(await bootError(app), { code, message: `GET / → guard → need: a dependency of hook "${hook}" cannot need it` })
    }
  }
  const ofApp = dependency({ lifetime: 'app' }, () => 'app')
  const guard = dependency({ hook: 'onRequest', dependencies: { ofApp } }, (_request, { ofApp }) => ofApp)
  const app = await appWith((app) => app.get('/', { dependencies: { guard } }, async ({ dependencies }) => dependencies))
  t.teardown(() => app.close())
  t.same((await app.inject('/')).json(), { guard: 'app' })
})

t.test('a fake with a hook comes before the routes that it is for', async (t) => {
  const real = dependency(() => 1)
  const app = await appWith((app) => {
    app.get('/', { dependencies: { real } }, async () => '')
    app.overrideDependency(real, dependency({ hook: 'onRequest' }, () => 1))
  })
  t.match(await bootError(app), { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: /option hook/ })
})

t.test('a route that leaves its body to the worker has no dependency in preValidation', async (t) => {
  const late = dependency({ hook: 'preValidation' }, () => 1)
  for (const blocking of [{ parse: true }, { parse: 'deferred' }] satisfies BlockingRouteOption[]) {
    const app = await appWith((app) => app.post('/', { blocking, dependencies: { late } }, async () => ''))
    t.match(await bootError(app), { code: 'FST_BLOCKING_BODY_NEEDED', message: /POST \/ → late, by its hook "preValidation"/ })
  }
})

t.test('an app that has failed to boot tells nobody what is invalid', async (t) => {
  const app = await registerFixture('plugin-throws.js')
  t.teardown(() => app.close())
  const guard = dependency({ hook: 'onRequest' }, () => 1)
  app.post('/', { schema: { body: { type: 'object' } }, dependencies: { guard } }, async () => '')
  const invalid = { method: 'POST', url: '/', payload: [1] } as const
  await t.rejects(async () => await app.inject(invalid), { code: 'FST_BLOCKING_BOOT_FAILED' })
  t.match((await app.inject(invalid)).json(), { statusCode: 500, code: 'FST_BLOCKING_CALLED_TOO_EARLY' })
})
