import { dependency, fresh, isDependency } from 'fastify-blocking'
import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { build } from './fixtures/fresh.js'

interface Value { id: number, base: number, fake?: number }
type Values = Record<'id' | 'same' | 'own' | 'user' | 'account' | 'ofContext', Value>

for (const side of ['blocking', 'loop']) {
  t.test(`fresh() calls the dependency for that use alone, and what it needs is shared: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    const { id, same, own, user, account, ofContext } = (await app.inject(`/${side}`)).json() as Values
    t.same(same, id)
    t.equal(new Set([id, own, user, account, ofContext].map((value) => value.id)).size, 5)
    t.equal(new Set([id, own, user, account, ofContext].map((value) => value.base)).size, 1)
  })

  t.test(`an override is called for each use that fresh() names: ${side}`, async (t) => {
    const app = await build({ fake: true })
    t.teardown(() => app.close())
    const { id, same, own, user, account, ofContext } = (await app.inject(`/${side}`)).json() as Values
    t.same(same, id)
    t.equal(new Set([id, own, user, account, ofContext].map((value) => value.fake)).size, 5)
    t.type(own.fake, 'number')
  })
}

t.test('the schema of a dependency is that of its route, by fresh() too, and the plan shows each use', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const page = dependency({ schema: { querystring: { type: 'object', properties: { page: { type: 'integer', default: 1 } } } } },
    async (request) => request.query)
  app.get('/', { dependencies: { page: fresh(page), other: fresh(page) } }, async ({ dependencies }) => dependencies)
  t.same((await app.inject('/?page=2')).json(), { page: { page: 2 }, other: { page: 2 } })
  t.equal((await app.inject('/?page=two')).statusCode, 400)
  t.equal(app.blocking.printPlan('GET', '/'), 'GET /      loop\n├── page   loop\n└── other  loop\n')
})

t.test('a dependency that needs itself by fresh() is a cycle', async (t) => {
  const app = await registerFixture('registers-only.js')
  const one: ReturnType<typeof dependency> = dependency({ dependencies: { get two () { return fresh(two) } } }, () => 1)
  const two: ReturnType<typeof dependency> = dependency({ dependencies: { get one () { return fresh(one) } } }, () => 2)
  app.get('/', { dependencies: { one } }, async () => 'never')
  t.match(await bootError(app), { code: 'FST_BLOCKING_DEPENDENCY_CYCLE', message: 'GET / → one → two → one' })
})

t.test('fresh() refuses what is no dependency and what lives as long as the app, and an override names the dependency itself', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const code = 'FST_BLOCKING_INVALID_OPTION'
  t.throws(() => (fresh as (value: unknown) => void)(() => 5), { code, message: 'fresh(): give it what dependency() has returned' })
  t.throws(() => fresh(dependency({ lifetime: 'app' }, function pool () {})), { code, message: 'fresh() of the dependency pool: lifetime "app" is made once' })
  const id = dependency(() => 5)
  t.ok(isDependency(fresh(id)))
  t.equal(fresh(fresh(id)), fresh(id))
  t.throws(() => app.overrideDependency(fresh(id), id), { code, message: 'the real one is a use, by fresh()' })
  t.throws(() => app.overrideDependency(id, fresh(id)), { code, message: 'the fake one is a use, by fresh()' })
})
