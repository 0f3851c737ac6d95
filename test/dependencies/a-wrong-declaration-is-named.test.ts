import { dependency, isDependency } from 'fastify-blocking'
import t from 'tap'
import { readDependencies } from '../../dist/dependencies/dependency.js'

// As JavaScript would call it.
const declare = dependency as (...args: unknown[]) => unknown
function account () {}

const wrong: Array<[name: string, options: unknown, hint: string | RegExp]> = [
  ['lifetime', { lifetime: 'forever' }, 'Got \'forever\''],
  ['lifetime', { lifetime: null }, 'Got null'],
  ['cache', { cache: 'no' }, 'Got \'no\''],
  ['cache', { cache: false, lifetime: 'app' }, 'made once'],
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
  const user = dependency(account)
  t.strictSame(readDependencies({ user }, 'route GET /statement'), { user })
  t.strictSame(readDependencies({ get user () { return user } }, 'route GET /statement'), { user })
  t.strictSame(readDependencies({}, 'route GET /statement'), {})

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
    const error = t.throws(() => readDependencies(record, 'route GET /statement'), {
      code: 'FST_BLOCKING_INVALID_OPTION',
      message: `route GET /statement: ${name}: `
    }) as Error
    t.match(error.message, hint)
  }
})
