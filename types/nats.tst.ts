import Fastify from 'fastify'
import blocking, { type Stats } from 'fastify-blocking'
import { nats, type NatsOptions } from 'fastify-blocking/nats'
import { expect, test } from 'tstyche'

test('option remote takes what nats() gives, which has the options of NATS and the name of the app', () => {
  const app = Fastify()
  expect(app.register).type.toBeCallableWith(blocking, { app: './app.js', version: '1', remote: nats({ servers: ['nats://a', 'nats://b'] }) })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: './app.js', remote: { servers: 'nats://a' } })
  expect(nats).type.not.toBeCallableWith({ servers: 5 })
  expect<NatsOptions['app']>().type.toBe<string | undefined>()
})

test('a route may say where it runs', () => {
  const app = Fastify()
  expect(app.get).type.toBeCallableWith('/', { blocking: { where: 'remote' } }, () => '')
  expect(app.get).type.not.toBeCallableWith('/', { blocking: { where: 'there' } }, () => '')
})

test('stats() has the hosts', () => {
  expect<NonNullable<Stats['hosts']>[number]['roundTrip']>().type.toBe<number | undefined>()
})
