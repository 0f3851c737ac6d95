import type { FastifyRequest } from 'fastify'
import { dependency, isDependency } from 'fastify-blocking'
import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { prepare } from './fixtures/wrong.js'

// As JavaScript would call it.
const declare = dependency as (...args: unknown[]) => unknown
function account () {}

const wrong: Array<[name: string, options: unknown, hint: string | RegExp]> = [
  ['lifetime', { lifetime: 'forever' }, 'Got \'forever\''],
  ['lifetime', { lifetime: null }, 'Got null'],
  ['cache', { cache: 'no' }, 'Got \'no\''],
  ['cache', { cache: false, lifetime: 'app' }, 'made once'],
  ['endsAt', { endsAt: 'never' }, 'Got \'never\''],
  ['endsAt', { endsAt: 'onResponse', lifetime: 'app' }, 'ends with the app'],
  ['blocking', { blocking: 1 }, 'Got 1'],
  ['blocking', { blocking: { timeout: 5 } }, 'Got { timeout: 5 }'],
  ['schema', { schema: 5 }, 'Got 5'],
  ['schema', { schema: { body: {} }, lifetime: 'app' }, 'no request'],
  ['schema.query', { schema: { query: {} } }, 'there is no such option'],
  ['schema.response', { schema: { response: {} } }, 'there is no such option'],
  ['schema.body', { schema: { body: 'User#' } }, 'Got \'User#\''],
  ['dependencies', { dependencies: 5 }, 'Got 5'],
  ['dependencies', { dependencies: null }, 'Got null'],
  ['dependencies', { dependencies: [dependency(account)] }, 'by name'],
  ['dependencies', { dependencies: account }, 'by name'],
  ['lifteime', { lifteime: 'app' }, 'there is no such option'],
  ['', 5, 'Got 5'],
  ['', null, 'Got null']
]

for (const [name, options, hint] of wrong) {
  t.test(`option ${name} is named where it is wrong, with the dependency and what it should be: ${JSON.stringify(options)}`, async (t) => {
    const error = t.throws(() => declare(options, account), {
      code: 'FST_BLOCKING_INVALID_OPTION',
      message: `dependency account: option${name === '' ? '' : ' '}${name}: `
    }) as Error
    t.match(error.message, hint)
  })
}

t.test('what is no function is refused, and so is a class', async (t) => {
  class Session {}
  const cases: Array<[args: unknown[], message: string]> = [
    [[], 'dependency: a function must be given'],
    [[5], 'Got 5'],
    [[{ blocking: true }], 'Got { blocking: true }'],
    [[{ blocking: true }, dependency(account)], 'dependency: a function must be given'],
    [[account, account], 'dependency account: option: '],
    [[Session], 'dependency Session: a class cannot be called; give () => new Session()'],
    [[class {}], '() => new Class()']
  ]
  for (const [args, message] of cases) {
    t.throws(() => declare(...args), { code: 'FST_BLOCKING_INVALID_OPTION', message })
  }
})

t.test('a dependency says what was declared', async (t) => {
  t.match(dependency(account), {
    name: 'account',
    run: account,
    isGenerator: false,
    isAsync: false,
    blocking: undefined,
    dependencies: {},
    schema: undefined,
    cache: true,
    lifetime: 'request'
  })
  const user = dependency(account)
  const schema = { headers: { type: 'object' } }
  const dependencies = { user }
  const declared = dependency({ blocking: false, dependencies, schema, cache: false }, () => 5)
  t.match(declared, { name: '', blocking: false, cache: false })
  t.equal(declared.dependencies, dependencies)
  t.equal(declared.schema, schema)
  t.ok(Object.isFrozen(declared))
  t.equal(dependency({ lifetime: 'app' }, () => 5).lifetime, 'app')
})

t.test('the kind of the function is known', async (t) => {
  t.match(dependency(() => 5), { isGenerator: false, isAsync: false })
  t.match(dependency(async () => 5), { isGenerator: false, isAsync: true })
  t.match(dependency(function * () { yield 5 }), { isGenerator: true, isAsync: false })
  t.match(dependency(async function * () { yield 5 }), { isGenerator: true, isAsync: true })
})

t.test('isDependency knows those of another copy of the package', async (t) => {
  t.ok(isDependency(dependency(account)))
  t.ok(isDependency({ [Symbol.for('fastify-blocking.dependency')]: true }))
  for (const value of [account, {}, null, undefined, 5, 'account', { name: 'account', run: account }]) t.notOk(isDependency(value))
})

t.test('entries are not looked at before the plan is made', async (t) => {
  const node = dependency({ dependencies: { get child () { return t.fail('was read') as never } } }, account)
  t.ok(isDependency(node))
})

t.test('what is no dependency among dependencies is named', async (t) => {
  const app = await registerFixture('registers-only.js')
  t.teardown(() => app.close())
  const user = dependency(() => 'user')
  // As JavaScript would call them.
  const add = app.addDependencies.bind(app) as (dependencies: unknown) => unknown
  const route = (dependencies: unknown) => app.get('/statement', { dependencies: dependencies as {} }, () => 0)

  const cases: Array<[record: unknown, name: string, hint: string]> = [
    [{ user, account }, 'dependencies.account', 'wrap it in dependency()'],
    [{ account: undefined }, 'dependencies.account', '{ get account () { return account } }'],
    [{ account: {} }, 'dependencies.account', 'Got {}'],
    [{ account: null }, 'dependencies.account', 'Got null'],
    [user, 'dependencies', 'Got a dependency'],
    [[user], 'dependencies', 'by name'],
    [account, 'dependencies', 'by name'],
    [undefined, 'dependencies', 'Got undefined'],
    [null, 'dependencies', 'Got null']
  ]
  for (const [record, name, hint] of cases) {
    // A route may be without.
    const [declare, where] = record === undefined ? [add, 'addDependencies in the context ""'] as const : [route, 'route GET /statement'] as const
    const error = t.throws(() => declare(record), {
      code: 'FST_BLOCKING_INVALID_OPTION',
      message: `${where}: ${name}: `
    }) as Error
    t.match(error.message, hint)
  }

  const given = async ({ dependencies }: FastifyRequest) => ({ ...dependencies })
  app.get('/plain', { dependencies: { user } }, given)
  app.get('/getter', { dependencies: { get user () { return user } } }, given)
  app.get('/none', { dependencies: {} }, given)
  t.strictSame((await app.inject('/plain')).json(), { user: 'user' })
  t.strictSame((await app.inject('/getter')).json(), { user: 'user' })
  t.strictSame((await app.inject('/none')).json(), {})
})

const wrongGraphs: Record<string, [code: string, ...parts: string[]]> = {
  'a circle of getters': ['FST_BLOCKING_DEPENDENCY_CYCLE', 'dependencies need each other: GET /statement → account → user → account;'],
  'a circle of one': ['FST_BLOCKING_DEPENDENCY_CYCLE', ': GET /statement → account → account;'],
  'a circle by an override': ['FST_BLOCKING_DEPENDENCY_CYCLE', ': GET /statement → account → user → profile → account;'],
  'a circle of names with dots': ['FST_BLOCKING_DEPENDENCY_CYCLE', ': GET /statement → v1.account → v1.user → v1.account;'],
  'an app one that needs one of a request': ['FST_BLOCKING_DEPENDENCY_LIFETIME', 'GET /statement → account → pool → user: ', 'lives for a request'],
  'an app one that needs one of the other side': ['FST_BLOCKING_DEPENDENCY_LIFETIME', 'GET /statement → pool → settings: ', 'on the other side, loop'],
  'an app value of the loop that cannot cross': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → account → pool is an instance of Pool', 'the other side, worker'],
  'an app value of the worker that cannot cross': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → connect is a function', 'the other side, loop'],
  'an app value that cannot cross, within one that can be cloned': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → pool.connect is a function', 'the other side, worker'],
  'an app value that cannot cross, by names with dots': ['FST_BLOCKING_DEPENDENCY_CROSSING', 'GET /statement → v1.account → v1.pool is an instance of Pool'],
  'schemas of two dependencies': ['FST_BLOCKING_SCHEMA_CONFLICT', 'GET /statement: schema of querystring.id: ', 'GET /statement → account and GET /statement → user → session do not'],
  'schemas of two levels': ['FST_BLOCKING_SCHEMA_CONFLICT', 'GET /statement: schema of headers.id: ', 'GET /statement → account and GET /statement → user do not'],
  'the schema of a dependency and that of the route': ['FST_BLOCKING_SCHEMA_CONFLICT', 'GET /statement/:id: schema of params.id: ', 'the route and GET /statement/:id → account do not'],
  'schemas of which one cannot be merged': ['FST_BLOCKING_SCHEMA_CONFLICT', 'POST /statement: schema of body: ', 'the route and POST /statement → account are not the same, and one of them is no JSON schema'],
  'addDependencies after a route': ['FST_BLOCKING_DECLARED_TOO_LATE', 'addDependencies was called after route GET /statement was added'],
  'addDependencies after a route of an inner context': ['FST_BLOCKING_DECLARED_TOO_LATE', 'addDependencies was called after route GET /inner/statement was added'],
  'one name twice in a context': ['FST_BLOCKING_INVALID_OPTION', 'addDependencies: ', 'a dependency of the name user already'],
  'an override on one side only': ['FST_BLOCKING_DIFFERENT_APP', 'wrong.js is not that of the main thread: the override of GET /statement → account → user is missing in the worker; routes'],
  'an override in the worker only': ['FST_BLOCKING_DIFFERENT_APP', 'wrong.js is not that of the main thread: the override of GET /statement → account → user is only in the worker; routes'],
  'a declared override on one side only': ['FST_BLOCKING_DIFFERENT_APP', 'wrong.js is not that of the main thread: the declared override "fake" is missing in the worker; routes'],
  'a declared override that is another one in the worker': ['FST_BLOCKING_DIFFERENT_APP', 'GET /statement with override fake has other dependencies in the worker', 'user (fakeThere) overridden loop', 'user (fakeHere) overridden loop'],
  'a declared override without a name': ['FST_BLOCKING_INVALID_OPTION', 'declareOverride: its first argument is the name'],
  'a declared override by what is none': ['FST_BLOCKING_INVALID_OPTION', 'declareOverride: the fake one is not a dependency'],
  'a declared override of a name that is taken': ['FST_BLOCKING_INVALID_OPTION', 'declareOverride: an override "fake" is declared already'],
  'a declared override with a schema': ['FST_BLOCKING_INVALID_OPTION', 'override fake: option schema of GET /statement → account → user → id'],
  'a declared override with security': ['FST_BLOCKING_INVALID_OPTION', 'override fake: option security of GET /statement → user'],
  'a declared override with a hook, after the route': ['FST_BLOCKING_DECLARED_TOO_LATE', 'declareOverride with option hook was called after route GET /statement, which uses it as GET /statement → user, was added'],
  'a declared override that sees a body which is parsed in the worker': ['FST_BLOCKING_BODY_NEEDED', 'the dependency POST /statement → user, by its hook "preValidation"'],
  'a declared override of what a value of lifetime "app" needs': ['FST_BLOCKING_DEPENDENCY_LIFETIME', 'GET /statement → db → url: a dependency of lifetime "app" cannot need it, since override fake replaces it'],
  'a circle by a declared override': ['FST_BLOCKING_DEPENDENCY_CYCLE', 'GET /statement → account → user → account'],
  'a circle by a declared override that the fake of another one needs': ['FST_BLOCKING_DEPENDENCY_CYCLE', 'GET /statement → account → user → account'],
  'a declared override of a websocket that runs in a worker': ['FST_BLOCKING_UPGRADE_ROUTE', 'its dependency user'],
  'an override that is used in a worker': ['FST_BLOCKING_OVERRIDE_IN_WORKER', 'useOverride() was called in a worker'],
  'an override by what is none': ['FST_BLOCKING_INVALID_OPTION', 'overrideDependency: the fake one is not a dependency']
}

for (const [name, [code, ...parts]] of Object.entries(wrongGraphs)) {
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
