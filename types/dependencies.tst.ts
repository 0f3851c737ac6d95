import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest, type RouteOptions, type RouteShorthandOptions } from 'fastify'
import { type Dependencies, type Dependency, dependency, fresh, isDependency } from 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()
const typed = app.withTypeProvider<TypeBoxTypeProvider>()

class Session {
  constructor (readonly user: string = 'nobody') {}
}

class Database {
  account (id: number) { return { id, balance: 5 } }
  close () {}
}

const db = dependency({ blocking: true, lifetime: 'app' }, function * () {
  const db = new Database()
  try { yield db } finally { db.close() }
})
const user = dependency({ schema: { headers: Type.Object({ authorization: Type.String() }) } },
  async (request) => ({ id: Number(request.headers.authorization) }))
const account = dependency({ blocking: true, dependencies: { db, user } },
  (_request, { db, user }) => db.account(user.id))

interface Account { id: number, balance: number }

test('the value is what the function gives', () => {
  expect(dependency(() => 5)).type.toBe<Dependency<number, 'request'>>()
  expect(dependency(async () => 5)).type.toBe<Dependency<number, 'request'>>()
  expect(dependency(() => Promise.resolve('x'))).type.toBe<Dependency<string, 'request'>>()
  expect(dependency(() => {})).type.toBe<Dependency<void, 'request'>>()
  expect(dependency(() => { throw new Error('not signed in') })).type.toBe<Dependency<never, 'request'>>()
  expect(dependency((request) => request.ip.length > 5 ? request.ip : undefined)).type.toBe<Dependency<string | undefined, 'request'>>()
  expect(dependency((request) => request.is404)).type.toBe<Dependency<boolean, 'request'>>()
  expect(db).type.toBe<Dependency<Database, 'app', true>>()
  expect(user).type.toBe<Dependency<{ id: number }, 'request'>>()
  expect(account).type.toBe<Dependency<Account, 'request', true>>()
})

test('a function that may answer by itself gives its other values', () => {
  const user = { name: 'ada' }
  expect(dependency((request, _dependencies, reply) => request.is404 ? reply.code(401).send('x') : user)).type.toBe<Dependency<{ name: string }, 'request'>>()
  expect(dependency(async (request, _dependencies, reply) => request.is404 ? reply.code(401).send('x') : user)).type.toBe<Dependency<{ name: string }, 'request'>>()
  expect(dependency((_request, _dependencies, reply) => reply.send('x'))).type.toBe<Dependency<never, 'request'>>()
})

test('cookies have the type of their schema', () => {
  dependency({ schema: { cookies: Type.Object({ visits: Type.Integer(), theme: Type.Optional(Type.String()) }), querystring: Type.Object({ n: Type.Integer() }) } }, (request) => {
    expect(request.cookies).type.toBe<{ visits: number, theme?: string }>()
    expect(request.query.n).type.toBe<number>()
    expect(request.ip).type.toBe<string>()
  })
})

test('a hook is one of three, with neither a schema nor lifetime "app"', () => {
  expect(dependency({ hook: 'onRequest', dependencies: { user } }, (request, { user }) => request.ip + String(user.id))).type.toBe<Dependency<string, 'request'>>()
  // @ts-expect-error not assignable to type
  dependency({ hook: 'preHandler' }, () => 5)
  // @ts-expect-error does not exist in type
  dependency({ hook: 'onRequest', lifetime: 'app' }, () => 5)
})

test('of a generator it is what it yields', () => {
  expect(dependency(function * () { yield 5 })).type.toBe<Dependency<number, 'request'>>()
  expect(dependency(function * () { yield new Session(); return 'x' })).type.toBe<Dependency<Session, 'request'>>()
  expect(dependency(function * () { yield Promise.resolve(5) })).type.toBe<Dependency<number, 'request'>>()
  expect(dependency(async function * () { yield 5 })).type.toBe<Dependency<number, 'request'>>()
  expect(dependency(async function * (request) {
    const session = await Promise.resolve(new Session(request.ip))
    try { yield session } catch (error) { request.log.error(error) }
  })).type.toBe<Dependency<Session, 'request'>>()
  expect(dependency({ dependencies: { user } }, async function * (_request, { user }) { yield user.id })).type.toBe<Dependency<number, 'request'>>()
  expect(dependency({ lifetime: 'app' }, async function * (fastify) { yield fastify.prefix })).type.toBe<Dependency<string, 'app'>>()
})

test('a class is made by an arrow function', () => {
  expect(dependency(() => new Session())).type.toBe<Dependency<Session, 'request'>>()
  // @ts-expect-error is not assignable to parameter
  dependency(Session)
})

test('a function may return a dependency', () => {
  const role = (name: string) => dependency({ dependencies: { user } }, (_request, { user }) => ({ name, of: user.id }))
  const page = <Item>(items: Item[]) => dependency((request) => ({ items, url: request.url }))
  app.get('/', { dependencies: { admin: role('admin'), list: page([1, 2]) } }, (request) => {
    expect(request.dependencies.admin).type.toBe<{ name: string, of: number }>()
    expect(request.dependencies.list).type.toBe<{ items: number[], url: string }>()
    return request.dependencies.admin
  })
})

test('a function is called with the request, its dependencies and the reply', () => {
  dependency((request, dependencies, reply) => {
    expect(request).type.toBe<FastifyRequest>()
    expect(request.query).type.toBe<unknown>()
    expect(dependencies).type.toBe<{}>()
    expect(reply).type.toBe<FastifyReply>()
  })
  dependency({ dependencies: { db, account } }, (request, dependencies, reply) => {
    expect(request).type.toBeAssignableTo<FastifyRequest>()
    expect(dependencies).type.toBe<{ readonly db: Database, readonly account: Account }>()
    expect(reply).type.toBe<FastifyReply>()
  })
  dependency({ dependencies: { db } }, (_request, dependencies) => {
    // @ts-expect-error Property 'bd' does not exist
    return dependencies.bd
  })
  dependency({}, (request) => request.url)
})

test('a value that may be missing stays so', () => {
  const found = dependency((request) => request.is404 ? undefined : request.url)
  dependency({ dependencies: { found } }, (_request, { found }) => expect(found).type.toBe<string | undefined>())
  app.get('/', { dependencies: { found } }, (request) => expect(request.dependencies.found).type.toBe<string | undefined>())
})

test('one of lifetime app is called with the instance', () => {
  dependency({ lifetime: 'app', dependencies: { db } }, (fastify, { db }) => {
    expect(fastify).type.toBe<FastifyInstance>()
    expect(db).type.toBe<Database>()
  })
  dependency({ lifetime: 'app' }, (fastify) => expect(fastify).type.toBe<FastifyInstance>())
  // @ts-expect-error 'cache' does not exist
  dependency({ lifetime: 'app', cache: false }, () => 5)
  // @ts-expect-error 'schema' does not exist
  dependency({ lifetime: 'app', schema: {} }, () => 5)
})

test('the request has the types of the schema', () => {
  dependency({
    schema: {
      querystring: Type.Object({ page: Type.Integer(), q: Type.Optional(Type.String()) }),
      headers: Type.Object({ 'X-Tenant': Type.String() }),
      params: Type.Object({ id: Type.Number() }),
      body: Type.Array(Type.String())
    }
  }, (request) => {
    expect(request.query).type.toBe<{ page: number, q?: string }>()
    expect(request.headers['x-tenant']).type.toBe<string>()
    expect(request.headers.accept).type.toBe<string | undefined>()
    expect(request.params).type.toBe<{ id: number }>()
    expect(request.body).type.toBe<string[]>()
    expect(request).type.toBeAssignableTo<FastifyRequest>()
  })
  dependency({ schema: { querystring: Type.Object({ page: Type.Integer() }) } }, (request) => {
    expect(request.query.page).type.toBe<number>()
    expect(request.body).type.toBe<unknown>()
    expect(request.params).type.toBe<unknown>()
  })
  dependency({ schema: { body: { type: 'object', properties: { page: { type: 'integer' } } } } }, (request) => {
    expect(request.body).type.toBe<unknown>()
    expect(request.headers).type.toBe<FastifyRequest['headers']>()
  })
})

test('a wrong option is an error where it is written', () => {
  // @ts-expect-error Type '"forever"' is not assignable
  dependency({ lifetime: 'forever' }, () => 5)
  // @ts-expect-error 'cahce' does not exist
  dependency({ cahce: false }, () => 5)
  // @ts-expect-error Type 'number' is not assignable to type 'boolean'
  dependency({ blocking: 1 }, () => 5)
  // @ts-expect-error Type '() => number' is not assignable to type 'Dependency<unknown,
  dependency({ dependencies: { db: () => 5 } }, () => 5)
  // @ts-expect-error 'response' does not exist
  dependency({ schema: { response: {} } }, () => 5)
  // @ts-expect-error 'blocking' does not exist
  dependency({ blocking: true })
})

test('every way to add a route with dependencies gives the handler their values', () => {
  app.get('/', { dependencies: { account } }, (request) => expect(request.dependencies).type.toBe<{ readonly account: Account }>())
  app.head('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.post('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.put('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.patch('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.delete('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.options('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.all('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.get('/', { dependencies: { account, user }, handler: (request) => expect(request.dependencies.user.id).type.toBe<number>() })
  app.get('/', {
    dependencies: { account },
    handler (request) {
      expect(this).type.toBe<FastifyInstance>()
      expect(request.dependencies.account).type.toBe<Account>()
    }
  })
  app.route({ method: 'GET', url: '/', dependencies: { account }, handler: (request) => expect(request.dependencies.account).type.toBe<Account>() })
  app.route({
    method: 'GET',
    url: '/',
    dependencies: { account, db },
    async handler (request, reply) {
      expect(this).type.toBe<FastifyInstance>()
      expect(request.dependencies).type.toBe<{ readonly account: Account, readonly db: Database }>()
      return reply.code(200).send(request.dependencies.account)
    }
  })
})

test('a handler with dependencies is as any other', () => {
  app.get('/', { blocking: { timeout: 5 }, dependencies: { account } }, function (request, reply) {
    expect(this).type.toBe<FastifyInstance>()
    expect(request).type.toBeAssignableTo<FastifyRequest>()
    expect(request.query).type.toBe<unknown>()
    expect(reply).type.toBeAssignableTo<FastifyReply>()
    return request.dependencies.account
  })
  app.get('/', { dependencies: { account } }, async (request, reply) => {
    if (request.dependencies.account.balance < 0) return reply.code(402).send('poor')
    return request.dependencies.account
  })
  const inner: FastifyPluginAsync = async (fastify) => {
    fastify.get('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  }
  expect(app.register).type.toBeCallableWith(inner)
})

test('what is inferred from a schema by the TypeBox type provider stays', () => {
  const schema = {
    params: Type.Object({ n: Type.Number() }),
    querystring: Type.Object({ deep: Type.Optional(Type.Boolean()) }),
    body: Type.Object({ name: Type.String() }),
    response: { 200: Type.Object({ fib: Type.Number() }) }
  }
  typed.post('/fib/:n', { blocking: true, dependencies: { account }, schema }, (request, reply) => {
    expect(request.params).type.toBe<{ n: number }>()
    expect(request.query).type.toBe<{ deep?: boolean }>()
    expect(request.body).type.toBe<{ name: string }>()
    expect(request.dependencies).type.toBe<{ readonly account: Account }>()
    expect(reply.code(200).send).type.not.toBeCallableWith({ fib: 'x' })
    return { fib: request.params.n + request.dependencies.account.balance }
  })
  typed.post('/fib/:n', {
    schema,
    dependencies: { account },
    handler (request) {
      expect(request.params).type.toBe<{ n: number }>()
      expect(request.dependencies).type.toBe<{ readonly account: Account }>()
      return { fib: request.params.n + request.dependencies.account.balance }
    }
  })
  typed.route({
    method: 'POST',
    url: '/fib/:n',
    blocking: { timeout: 5 },
    dependencies: { account },
    schema,
    handler: (request) => {
      expect(request.params).type.toBe<{ n: number }>()
      expect(request.body).type.toBe<{ name: string }>()
      expect(request.dependencies).type.toBe<{ readonly account: Account }>()
      return { fib: request.params.n + request.dependencies.account.balance }
    }
  })
  // In the options themselves, where they are written in place
  typed.get('/:n', { schema: { params: Type.Object({ n: Type.Number() }) }, dependencies: { account } }, async (request) => {
    expect(request.params.n).type.toBe<number>()
    expect(request.dependencies.account).type.toBe<Account>()
    return 'x'
  })
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  typed.post('/wrong/:n', { blocking: true, dependencies: { account }, schema }, () => ({ fib: 'x' }))
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  typed.post('/wrong/:n', { dependencies: { account }, schema, handler: () => ({ fib: 'x' }) })
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  typed.route({ method: 'POST', url: '/wrong/:n', dependencies: { account }, schema, handler: () => ({ fib: 'x' }) })
})

test('generics given by hand may name the dependencies, since nothing is inferred beside them', () => {
  app.get<{ Params: { n: string }, Querystring: { deep?: boolean }, Reply: { fib: number } }>('/fib/:n', { dependencies: { account } }, (request, reply) => {
    expect(request.params).type.toBe<{ n: string }>()
    expect(request.query).type.toBe<{ deep?: boolean }>()
    // @ts-expect-error Property 'account' does not exist
    request.log.info(request.dependencies.account)
    expect(reply.send).type.not.toBeCallableWith({ fib: 'x' })
    return { fib: Number(request.params.n) }
  })
  app.get<{ Params: { n: string }, Dependencies: { account: typeof account } }>('/fib/:n', { dependencies: { account } }, (request) => {
    expect(request.params).type.toBe<{ n: string }>()
    expect(request.dependencies).type.toBe<{ readonly account: Account }>()
    return 'x'
  })
  app.route<{ Params: { n: string }, Dependencies: { account: typeof account } }>({
    method: 'GET',
    url: '/fib/:n',
    dependencies: { account },
    handler: (request) => {
      expect(request.params).type.toBe<{ n: string }>()
      expect(request.dependencies).type.toBe<{ readonly account: Account }>()
    }
  })
  // @ts-expect-error is not assignable to type 'Dependency<Account,
  app.get<{ Dependencies: { account: Dependency<Account> } }>('/', { dependencies: { account: user } }, () => 'x')
})

test('a handler of its own may name them too', () => {
  const statement = (request: FastifyRequest<{ Dependencies: { account: typeof account } }>) => request.dependencies.account.balance
  app.get('/', { dependencies: { account } }, statement)
  app.get('/', { dependencies: { account, user } }, statement)
  app.get('/', { dependencies: { account }, handler: statement })
  app.route({ method: 'GET', url: '/', dependencies: { account }, handler: statement })
  // @ts-expect-error No overload
  app.get('/', { dependencies: { user } }, statement)
})

test('a function may add a route with dependencies that it is given', () => {
  const add = <Own extends Dependencies>(own: Own) => {
    app.get('/', { dependencies: own }, () => 'x')
    app.get('/', { dependencies: own, handler: () => 'x' })
    app.get('/', { dependencies: { ...own, account } }, () => 'x')
    app.get('/', { dependencies: own }, (request) => request.dependencies)
    app.route({ method: 'GET', url: '/', dependencies: own, handler: () => 'x' })
  }
  expect(add).type.toBeCallableWith({ account })
})

test('options may be shared', () => {
  const options = { dependencies: { account }, blocking: true }
  app.get('/', options, (request) => expect(request.dependencies.account).type.toBe<Account>())
  app.get('/', { ...options, handler: (request) => expect(request.dependencies.account).type.toBe<Account>() })
  app.route({ ...options, method: 'GET', url: '/', handler: (request) => expect(request.dependencies.account).type.toBe<Account>() })
  for (const method of ['get', 'put'] as const) {
    app[method]('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<Account>())
  }
})

test('a dependency may name itself', () => {
  interface Tree { leaves: number, child: Tree }
  const tree: Dependency<Tree> = dependency({ dependencies: { get child () { return tree } } }, (_request, { child }) => ({ leaves: 1, child }))
  expect(tree).type.toBe<Dependency<Tree>>()
})

test('hooks and limits of a route keep their types beside dependencies', () => {
  app.get('/', {
    dependencies: { account },
    config: { deep: 5 },
    onRequest: (request, _reply, done) => { request.log.info('x'); done() },
    preHandler: async (request, reply) => { reply.header('x', request.url) },
    errorHandler: (error, _request, reply) => { reply.send(error.message) }
  }, (request) => {
    expect(request.routeOptions.config.deep).type.toBe<number>()
    return request.dependencies.account
  })
})

test('a wrong name is an error', () => {
  app.get('/', { dependencies: { account } }, (request) => {
    // @ts-expect-error Property 'acount' does not exist
    return request.dependencies.acount
  })
  app.route({
    method: 'GET',
    url: '/',
    dependencies: { account },
    handler (request) {
      // @ts-expect-error Property 'acount' does not exist
      return request.dependencies.acount
    }
  })
  app.get('/', (request) => {
    // @ts-expect-error Property 'account' does not exist
    return request.dependencies.account
  })
  app.get('/', { blocking: true }, (request) => {
    // @ts-expect-error Property 'account' does not exist
    return request.dependencies.account
  })
})

test('what is no dependency is an error where it is written', () => {
  // @ts-expect-error Type '() => number' is not assignable to type 'Dependency<unknown,
  app.get('/', { dependencies: { account: () => 5 } }, () => 'x')
  // @ts-expect-error is not assignable to type 'Dependency<unknown,
  app.route({ method: 'GET', url: '/', dependencies: { account: () => 5 }, handler: () => 'x' })
  // @ts-expect-error Type 'number' is not assignable to type 'BlockingRouteOption'
  app.get('/', { dependencies: { account }, blocking: 1 }, () => 'x')
  // @ts-expect-error 'timeuot' does not exist
  app.get('/', { dependencies: { account }, blocking: { timeuot: 1 } }, () => 'x')
})

test('routes and options are typed with dependencies of no known names', () => {
  expect<RouteOptions['dependencies']>().type.toBe<Dependencies | undefined>()
  const options: RouteShorthandOptions = { blocking: true, dependencies: { account } }
  app.get('/', options, () => 'x')
})

test('a context has dependencies', () => {
  expect(app.addDependencies({ account, user })).type.toBe<FastifyInstance>()
  expect(typed.addDependencies({ account }).get).type.toBe(typed.get)
  // @ts-expect-error Type '() => number' is not assignable
  app.addDependencies({ account: () => 5 })
})

test('a fake must give what the real one does', () => {
  expect(app.overrideDependency(account, dependency(() => ({ id: 1, balance: 0 })))).type.toBe<FastifyInstance>()
  app.overrideDependency(account, dependency(async () => ({ id: 1, balance: 0, fake: true })))
  app.overrideDependency(user, dependency(function * () { yield { id: 5 } }))
  // @ts-expect-error Type 'number' is not assignable
  app.overrideDependency(account, dependency(() => 5))
  // @ts-expect-error Property 'balance' is missing
  app.overrideDependency(account, user)
  // @ts-expect-error is not assignable to parameter
  app.overrideDependency(account, () => ({ id: 1, balance: 0 }))
})

test('so must a declared one, and who uses it gets what the function returns', () => {
  expect(app.declareOverride('poor', account, dependency(() => ({ id: 1, balance: 0 })))).type.toBe<FastifyInstance>()
  // @ts-expect-error Type 'number' is not assignable
  app.declareOverride('five', account, dependency(() => 5))
  // @ts-expect-error Property 'balance' is missing
  app.declareOverride('user', account, user)
  expect(app.useOverride('poor')).type.toBe<Disposable>()
  expect(app.withOverride('poor', async () => 5)).type.toBe<Promise<number>>()
  expect(app.withOverride('poor', () => 'x')).type.toBe<Promise<string>>()
})

test('a dependency is one of unknown value too', () => {
  expect(account).type.toBeAssignableTo<Dependency>()
  expect<Dependency<number>>().type.not.toBeAssignableTo<Dependency<string>>()
  const value: unknown = account
  if (isDependency(value)) expect(value).type.toBe<Dependency>()
})

test('a use with a value of its own has the type of the value', () => {
  expect(fresh(account)).type.toBe<typeof account>()
  app.get('/', { dependencies: { account: fresh(account) } }, async (request) => {
    expect(request.dependencies.account).type.toBe<Account>()
    return 'x'
  })
  expect(fresh).type.not.toBeCallableWith(() => 5)
})

test('the end of a generator is one of three', () => {
  dependency({ endsAt: 'preSerialization' }, function * () { yield 1 })
  dependency({ endsAt: 'onSend' }, function * () { yield 1 })
  dependency({ endsAt: 'onResponse' }, function * () { yield 1 })
  // @ts-expect-error Type '"never"' is not assignable
  dependency({ endsAt: 'never' }, function * () { yield 1 })
  // @ts-expect-error does not exist in type
  dependency({ endsAt: 'onSend', lifetime: 'app' }, function * () { yield 1 })
})
