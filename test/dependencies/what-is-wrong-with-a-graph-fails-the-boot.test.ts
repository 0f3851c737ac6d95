import { dependency } from 'fastify-blocking'
import t from 'tap'
import { bootError } from '../support/boot.js'
import { prepare } from './fixtures/wrong.js'

const wrong: Record<string, [code: string, ...parts: string[]]> = {
  'a circle of getters': ['FST_BLOCKING_DEPENDENCY_CYCLE', 'dependencies need each other: GET /statement → account → user → account;'],
  'a circle of one': ['FST_BLOCKING_DEPENDENCY_CYCLE', ': GET /statement → account → account;'],
  'a circle by an override': ['FST_BLOCKING_DEPENDENCY_CYCLE', ': GET /statement → account → user → profile → account;'],
  'a circle of names with dots': ['FST_BLOCKING_DEPENDENCY_CYCLE', ': GET /statement → v1.account → v1.user → v1.account;'],
  'an app one that needs one of a request': ['FST_BLOCKING_DEPENDENCY_LIFETIME', 'GET /statement → account → pool → user: ', 'lives for a request'],
  'an app one that needs one of the other side': ['FST_BLOCKING_DEPENDENCY_LIFETIME', 'GET /statement → pool → settings: ', 'on the other side, loop'],
  'an app value of the loop that cannot cross': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → account → pool is an instance of Pool', 'the other side, worker'],
  'an app value of the worker that cannot cross': ['FST_BLOCKING_BOOT_FAILED', 'wrong.js', 'GET /statement → connect is a function', 'the other side, loop'],
  'an app value that cannot cross, within one that can be cloned': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → pool.connect is a function', 'the other side, worker'],
  'an app value that cannot cross, by names with dots': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → v1.account → v1.pool is an instance of Pool'],
  'schemas of two dependencies': ['FST_BLOCKING_SCHEMA_CONFLICT', 'GET /statement: schema of querystring.id: ', 'GET /statement → account and GET /statement → user → session do not'],
  'schemas of two levels': ['FST_BLOCKING_SCHEMA_CONFLICT', 'GET /statement: schema of headers.id: ', 'GET /statement → account and GET /statement → user do not'],
  'the schema of a dependency and that of the route': ['FST_BLOCKING_SCHEMA_CONFLICT', 'GET /statement/:id: schema of params.id: ', 'the route and GET /statement/:id → account do not'],
  'schemas of which one cannot be merged': ['FST_BLOCKING_SCHEMA_CONFLICT', 'POST /statement: schema of body: ', 'the route and POST /statement → account do not'],
  'addDependencies after a route': ['FST_BLOCKING_DECLARED_TOO_LATE', 'addDependencies was called after route GET /statement was added'],
  'addDependencies after a route of an inner context': ['FST_BLOCKING_DECLARED_TOO_LATE', 'addDependencies was called after route GET /inner/statement was added'],
  'one name twice in a context': ['FST_BLOCKING_INVALID_OPTION', 'addDependencies: ', 'a dependency of the name user already'],
  'an override on one side only': ['FST_BLOCKING_DIFFERENT_APP', 'wrong.js', 'GET /statement has other dependencies in the worker', 'account.user (user) loop', 'account.user (fakeUser) overridden loop with teardown'],
  'an override by what is none': ['FST_BLOCKING_INVALID_OPTION', 'overrideDependency: the fake one is not a dependency']
}

for (const [name, [code, ...parts]] of Object.entries(wrong)) {
  t.test(`fails the boot, with the path to it: ${name}`, async (t) => {
    const { app } = await prepare(name)
    const error = await bootError(app)
    t.equal(error.code, code)
    for (const part of parts) t.match(error.message, part)
  })
}

t.test('an override when the app is ready is refused', async (t) => {
  const { app } = await prepare('nothing')
  t.teardown(() => app.close())
  await app.ready()
  const [real, fake] = [dependency(() => 0), dependency(() => 1)]
  t.throws(() => app.overrideDependency(real, fake), { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: 'overrideDependency was called after the app was ready' })
  t.equal((await app.inject('/statement')).body, 'right')
})
