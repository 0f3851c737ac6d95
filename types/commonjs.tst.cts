import Fastify = require('fastify')
import blocking = require('fastify-blocking')
import dashboard = require('fastify-blocking/dashboard')
import tstyche = require('tstyche')

const { expect, test } = tstyche
const app = Fastify()

test('what is required is the plugin', () => {
  expect(app.register).type.toBeCallableWith(blocking, { app: __filename })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: 5 })
  expect(blocking.default).type.toBeAssignableFrom(blocking)
  expect(blocking.fastifyBlocking).type.toBeAssignableFrom(blocking)
})

test('it has the rest as its properties', () => {
  expect(blocking.isWorker).type.toBe<boolean>()
  expect(blocking).type.not.toHaveProperty('stats')
})

test('its types are there', () => {
  expect<blocking.BlockingOptions['timeout']>().type.toBe<number | undefined>()
  expect<blocking.BlockingRouteOption>().type.toBe<boolean | { timeout?: number, priority?: number, concurrency?: number }>()
  expect(app.blocking).type.toBe<blocking.Blocking>()
  expect(app.blocking.stats()).type.toBe<blocking.Stats>()
  expect(app.blocking.stats().run).type.toBe<blocking.Times>()
  expect<blocking.Stats['routes']>().type.toBe<Record<string, blocking.Counts>>()
})

test('a route has its option', () => {
  app.get('/', { blocking: { timeout: 5 } }, () => 'x')
  // @ts-expect-error 'timeuot' does not exist
  app.get('/', { blocking: { timeuot: 5 } }, () => 'x')
})

test('a route has dependencies', () => {
  const account = blocking.dependency(async () => ({ id: 5 }))
  expect(account).type.toBe<blocking.Dependency<{ id: number }, 'request'>>()
  app.get('/', { dependencies: { account } }, (request) => expect(request.dependencies.account).type.toBe<{ id: number }>())
})

test('a function is offloaded', () => {
  const render = app.blocking.offload('render', (title: string) => title.length)
  expect(render).type.toBe<blocking.Offloaded<[title: string], number>>()
  const audit = app.blocking.onLoop('audit', (who: string) => who)
  expect(audit).type.toBe<blocking.OnLoop<[who: string], string>>()
  expect<blocking.CallOptions['signal']>().type.toBe<AbortSignal | undefined>()
  expect<blocking.OffloadOptions['timeout']>().type.toBe<number | undefined>()
})

test('so is the dashboard', () => {
  expect(app.register).type.toBeCallableWith(dashboard, { prefix: '/blocking', onRequest: async () => {} })
  expect(app.register).type.not.toBeCallableWith(dashboard, { onRequest: 5 })
  expect(dashboard.default).type.toBeAssignableFrom(dashboard)
})
