import Fastify, { type FastifyInstance } from 'fastify'
import blocking, { type Dependency, dependency } from 'fastify-blocking'
import { apiKey, basic, bearer, requiredScopes, withScopes } from 'fastify-blocking/security'
import t from 'tap'
import { bootError, pool } from '../support/boot.js'

async function appWith (add: (app: FastifyInstance) => void): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: new URL('../boot/fixtures/registers-only.js', import.meta.url), pool })
  add(app)
  return app
}

t.test('scopes that nobody reads would not be checked', async (t) => {
  const user = dependency(() => 'ada')
  const staff = dependency({ dependencies: { user } }, () => 'staff')
  for (const one of [user, staff]) {
    const app = await appWith((app) => app.get('/', { dependencies: { one: withScopes(one, ['read']) } }, async () => ''))
    t.match(await bootError(app), { code: 'FST_BLOCKING_UNREAD_SCOPES', message: /GET \/ → one is named with the scopes read/ })
  }
  const reading = dependency({ dependencies: { scopes: requiredScopes } }, () => 'x')
  const outer = dependency({ dependencies: { reading } }, () => 'x')
  const app = await appWith((app) => app.get('/', { dependencies: { outer: withScopes(outer, ['read']) } }, async () => ''))
  t.teardown(() => app.close())
  await app.ready()
})

t.test('a cycle is still a cycle, with scopes too', async (t) => {
  const one: Dependency = dependency({ dependencies: { scopes: requiredScopes, get other (): Dependency { return withScopes(other, ['a']) } } }, () => 1)
  const other: Dependency = dependency({ dependencies: { get one () { return withScopes(one, ['b']) } } }, () => 1)
  const app = await appWith((app) => app.get('/', { dependencies: { one } }, async () => ''))
  t.match(await bootError(app), { code: 'FST_BLOCKING_DEPENDENCY_CYCLE' })
})

t.test('requirements and scopes are checked where they are given', async (t) => {
  const user = dependency(() => 'ada')
  const code = 'FST_BLOCKING_INVALID_OPTION'
  const given = (value: unknown) => value as never
  t.throws(() => withScopes(given(() => 1), ['a']), { code, message: /withScopes\(\): give it what dependency\(\) has returned/ })
  for (const scopes of [undefined, [], [''], 'a', [1]]) t.throws(() => withScopes(user, given(scopes)), { code, message: /array of scopes/ })
  t.throws(() => withScopes(dependency({ lifetime: 'app' }, () => 1), ['a']), { code, message: /lifetime "app"/ })
  for (const security of [[], {}, [{ bearer: 'a' }], [{ bearer: [1] }]]) t.throws(() => dependency({ security: given(security) }, () => 1), { code, message: /option security/ })
  t.throws(() => dependency(given({ lifetime: 'app', security: [{ a: [] }] }), () => 1), { code, message: /option security/ })
  t.throws(() => basic(given({})), { code, message: /basic\(\): option realm/ })
  t.throws(() => bearer(given({ relm: 'x' })), { code, message: /bearer\(\): option relm/ })
  t.throws(() => apiKey(given({ in: 'body', name: 'x' })), { code, message: /apiKey\(\): option in/ })
})

t.test('requirements that come too late are refused', async (t) => {
  const real = dependency(() => 'real')
  const app = await appWith((app) => {
    app.get('/', { dependencies: { real } }, async () => '')
    app.overrideDependency(real, bearer())
    t.throws(() => app.overrideDependency(withScopes(real, ['a']), bearer()), { code: 'FST_BLOCKING_INVALID_OPTION', message: /is a use, by fresh\(\) or withScopes/ })
  })
  t.match(await bootError(app), { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: /option security/ })
})
