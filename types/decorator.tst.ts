import Fastify from 'fastify'
import blocking, { type Blocking, type Counts, isWorker, type Stats, type Times } from 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()

test('an app has the decorator', () => {
  expect(app.blocking).type.toBe<Blocking>()
  expect(app.blocking.isWorker).type.toBe<boolean>()
  expect(app.blocking).type.not.toHaveProperty('pool')
  // @ts-expect-error because it is a read-only property
  app.blocking.isWorker = true
})

test('a plugin that may be outside of a registration asks for the decorator', () => {
  expect(app.getDecorator<Blocking>('blocking')).type.toBe<Blocking>()
  expect(app.hasDecorator('blocking')).type.toBe<boolean>()
})

test('isWorker is exported too', () => {
  expect(isWorker).type.toBe<boolean>()
})

test('stats are typed', () => {
  const stats = app.blocking.stats()
  expect(stats).type.toBe<Stats>()
  expect(stats.threads).type.toBe<{ starting: number, live: number, busy: number, retired: number, exiting: number }>()
  expect(stats.queue).type.toBe<number>()
  expect(stats.killed).type.toBe<number>()
  expect(stats.recycled).type.toBe<number>()
  expect(stats.run).type.toBe<Times>()
  expect(stats.run.max).type.toBe<number>()
  expect(stats.run.p99).type.toBe<number | undefined>()
  expect(stats.timedOut).type.toBe<number>()
  expect(stats.boots).type.toBe<{ completed: number, failed: number, time: number }>()
  expect(app.blocking.isSaturated()).type.toBe<boolean>()
  expect(stats.routes).type.toBe<Record<string, Counts>>()
})

test('a plan tells of the body', () => {
  expect(app.blocking.plan('POST', '/').body).type.toBe<{ readBy: 'loop' | 'worker', parsedBy: 'loop' | 'worker', because?: string } | undefined>()
})

test('plans are of one route or of all, as data or as text', () => {
  const one = app.blocking.plan('GET', '/')
  expect(app.blocking.plan()).type.toBe<(typeof one)[]>()
  expect(one.reason).type.toBeAssignableFrom<'marked' | 'plugin' | 'signature' | 'all' | 'measured' | 'dependencies' | 'unmarked' | 'websocket'>()
  expect(app.blocking.printPlan()).type.toBe<string>()
  expect(app.blocking.printPlan({ format: 'mermaid' })).type.toBe<string>()
  expect(app.blocking.printPlan('GET', '/', { format: 'tree' })).type.toBe<string>()
  expect(app.blocking.plan).type.not.toBeCallableWith('GET')
  expect(app.blocking.printPlan).type.not.toBeCallableWith('GET')
  expect(app.blocking.printPlan).type.not.toBeCallableWith({ format: 'html' })
})

test('the plugin is what is exported', () => {
  expect(blocking(app, { app: import.meta.url })).type.toBe<Promise<void>>()
})
