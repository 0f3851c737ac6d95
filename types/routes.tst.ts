import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyReply, type FastifyRequest, type RouteOptions, type RouteShorthandOptions } from 'fastify'
import type { BlockingRouteOption } from 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()

test('blocking is an option of every way to add a route', () => {
  app.get('/', { blocking: true }, () => 'x')
  app.head('/', { blocking: false }, () => 'x')
  app.post('/', { blocking: {} }, () => 'x')
  app.put('/', { blocking: { timeout: 100 } }, () => 'x')
  app.patch('/', { blocking: { priority: -1 } }, () => 'x')
  app.delete('/', { blocking: { concurrency: 2 } }, () => 'x')
  app.post('/', { blocking: { parse: true, timeout: 100 } }, () => 'x')
  app.options('/', { blocking: true }, () => 'x')
  app.all('/', { blocking: true, handler: () => 'x' })
  app.route({ method: 'GET', url: '/', blocking: true, handler: () => 'x' })
  expect<RouteOptions['blocking']>().type.toBe<BlockingRouteOption | undefined>()
  expect<RouteShorthandOptions['blocking']>().type.toBe<BlockingRouteOption | undefined>()
  expect<BlockingRouteOption>().type.toBe<boolean | { timeout?: number, terminate?: boolean, priority?: number, concurrency?: number, where?: 'local' | 'remote' | 'any', parse?: boolean | 'deferred' }>()
})

test('options of a route may be made by hand', () => {
  const limits: BlockingRouteOption = { timeout: 5 }
  const options: RouteOptions = { method: 'GET', url: '/', blocking: limits, handler: () => 'x' }
  app.route(options)
  app.route({ ...options, blocking: true })
  options.blocking = limits
  const routes: RouteOptions[] = ['/a', '/b'].map((url) => ({ method: 'GET', url, blocking: limits, handler: async () => url }))
  for (const route of routes) app.route(route)
  const shorthand: RouteShorthandOptions = { blocking: limits }
  app.get('/', shorthand, () => 'x')
  app.get('/', { ...shorthand, blocking: { ...limits, priority: 1 } }, () => 'x')
  app.addHook('onRoute', (route) => {
    expect(route.blocking).type.toBe<BlockingRouteOption | undefined>()
    route.blocking = limits
  })
  // @ts-expect-error Type '5' is not assignable to type 'BlockingRouteOption'
  options.blocking = 5
})

test('a wrong value is an error where it is written', () => {
  // @ts-expect-error Type 'string' is not assignable
  app.get('/', { blocking: 'yes' }, () => 'x')
  // @ts-expect-error 'timeuot' does not exist
  app.get('/', { blocking: { timeuot: 1 } }, () => 'x')
  // @ts-expect-error Type 'string' is not assignable
  app.post('/', { blocking: { timeout: '1s' } }, () => 'x')
  // @ts-expect-error Type '"yes"' is not assignable
  app.post('/', { blocking: { parse: 'yes' } }, () => 'x')
  // @ts-expect-error Type 'number' is not assignable
  app.route({ method: 'GET', url: '/', blocking: 1, handler: () => 'x' })
})

test('a handler keeps what is inferred from a schema by the TypeBox type provider', () => {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>()
  const schema = {
    params: Type.Object({ n: Type.Number() }),
    body: Type.Object({ name: Type.String() }),
    response: { 200: Type.Object({ fib: Type.Number() }) }
  }
  typed.post('/fib/:n', { blocking: true, schema }, (request, reply) => {
    expect(request.params).type.toBe<{ n: number }>()
    expect(request.body).type.toBe<{ name: string }>()
    expect(reply.code(200).send).type.not.toBeCallableWith({ fib: 'x' })
    return { fib: request.params.n }
  })
  typed.post('/parsed/:n', { blocking: { parse: true }, schema }, (request) => {
    expect(request.body).type.toBe<{ name: string }>()
    return { fib: request.params.n }
  })
  typed.route({
    method: 'POST',
    url: '/fib/:n',
    blocking: { timeout: 5 },
    schema,
    handler: (request) => {
      expect(request.params.n).type.toBe<number>()
      return { fib: request.params.n }
    }
  })
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  typed.post('/wrong/:n', { blocking: true, schema }, () => ({ fib: 'x' }))
})

test('a handler keeps the types it is given', () => {
  app.get<{ Params: { n: string }, Querystring: { deep?: boolean }, Reply: { fib: number } }>('/fib/:n', { blocking: true }, (request, reply) => {
    expect(request.params).type.toBe<{ n: string }>()
    expect(request.query).type.toBe<{ deep?: boolean }>()
    expect(reply.send).type.not.toBeCallableWith({ fib: 'x' })
    return { fib: Number(request.params.n) }
  })
  app.get('/untyped', { blocking: true }, function (request, reply) {
    expect(this).type.toBe<FastifyInstance>()
    expect(request).type.toBeAssignableTo<FastifyRequest>()
    expect(reply).type.toBeAssignableTo<FastifyReply>()
    return 'x'
  })
})

test('a plugin has it as well', () => {
  const plugin: FastifyPluginAsync = async (inner) => {
    inner.get('/', { blocking: true }, () => 'x')
  }
  expect(app.register).type.toBeCallableWith(plugin, { prefix: '/inner' })
})
