import Fastify from 'fastify'
import dashboard, { type DashboardOptions } from 'fastify-blocking/dashboard'
import { expect, test } from 'tstyche'

const app = Fastify()

test('the dashboard takes a guard, or several', () => {
  expect(app.register).type.toBeCallableWith(dashboard)
  expect(app.register).type.toBeCallableWith(dashboard, { prefix: '/blocking', logLevel: 'warn' })
  expect(app.register).type.toBeCallableWith(dashboard, { onRequest: async () => {} })
  expect(app.register).type.toBeCallableWith(dashboard, { onRequest: [(_request: unknown, _reply: unknown, done: () => void) => done()] })
  expect(app.register).type.not.toBeCallableWith(dashboard, { onRequest: 'guard' })
  expect(app.register).type.not.toBeCallableWith(dashboard, { preHandler: async () => {} })
  expect<DashboardOptions>().type.not.toBeAssignableFrom({ prefix: 5 })
})
