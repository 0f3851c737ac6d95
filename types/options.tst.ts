import { AsyncLocalStorage } from 'node:async_hooks'
import { metrics } from '@opentelemetry/api'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import Fastify from 'fastify'
import blocking, { type BlockingOptions, fastifyBlocking } from 'fastify-blocking'
import { SHARE_ENV } from 'node:worker_threads'
import { type OpenMetricsContentType, register, Registry } from 'prom-client'
import { expect, test } from 'tstyche'

const app = Fastify()

test('register takes the options', () => {
  expect(app.register).type.toBeCallableWith(blocking, { app: import.meta.url })
  expect(app.register).type.toBeCallableWith(fastifyBlocking, { app: new URL(import.meta.url) })
  expect(app.register).type.toBeCallableWith(blocking, { app: { module: import.meta.url, factory: 'build', options: { port: 3000 } } })
  expect(app.register).type.toBeCallableWith(blocking, { app: { module: import.meta.url, plugin: 'default' } })
  interface Config { port: number, database: { file: string } }
  const options: Config = { port: 3000, database: { file: 'shop.sqlite' } }
  expect(app.register).type.toBeCallableWith(blocking, { app: { module: import.meta.url, factory: 'build', options } })
  expect(app.register).type.toBeCallableWith(blocking, { app: { module: import.meta.url, plugin: 'default', options } })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: { module: import.meta.url, factory: 'build', options: 3000 } })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: 5 })
  expect(app.register).type.not.toBeCallableWith(blocking, {})
  expect(app.register).type.not.toBeCallableWith(blocking)
  expect(app.register).type.not.toBeCallableWith(blocking, { app: import.meta.url, dispatch: 'auto' })
  expect(app.register).type.toBeCallableWith(blocking, { app: import.meta.url, dispatch: 'measured' })
  expect(app.register).type.toBeCallableWith(blocking, { app: import.meta.url, dispatch: { measured: { threshold: 50 } } })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: import.meta.url, dispatch: { all: {} } })
})

test('every option has its type', () => {
  expect<BlockingOptions>().type.toBeAssignableFrom({
    app: import.meta.url,
    dispatch: 'signature' as const,
    pool: {
      minThreads: 1,
      maxThreads: 4,
      idleTimeout: 60_000,
      concurrentTasksPerWorker: 1,
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      niceIncrement: 5,
      env: { NODE_ENV: 'production' },
      argv: ['--fast'],
      execArgv: ['--enable-source-maps'],
      trackUnmanagedFds: true
    },
    queue: { max: 10, timeout: 1_000 },
    timeout: 5_000,
    grace: 100,
    bootTimeout: 5_000,
    workerHooks: ['@fastify/awilix']
  })
  expect<BlockingOptions>().type.toBeAssignableFrom({ app: '', pool: { env: SHARE_ENV } })
  expect<BlockingOptions['dispatch']>().type.toBe<'explicit' | 'signature' | 'all' | 'measured' | { measured: { threshold?: number } } | undefined>()
  expect<BlockingOptions['timeout']>().type.toBe<number | undefined>()
  expect<BlockingOptions['workerHooks']>().type.toBe<readonly string[] | undefined>()
})

test('a context is brought by two functions, which need no cast', () => {
  const tenants = new AsyncLocalStorage<{ name: string }>()
  app.register(blocking, {
    app: import.meta.url,
    context: {
      tenant: { capture: () => tenants.getStore(), run: (tenant: { name: string }, callback) => tenants.run(tenant, callback) },
      // Of a call of `offload` there is no request.
      id: { capture: (request) => request?.id, run (_id: string, callback) { callback() } }
    }
  })
  // @ts-expect-error Property 'run' is missing
  app.register(blocking, { app: import.meta.url, context: { tenant: { capture: () => 1 } } })
})

test('metrics go to a registry of prom-client, and to a meter provider', () => {
  expect(app.register).type.toBeCallableWith(blocking, { app: import.meta.url, metrics: { prometheus: true, openTelemetry: true } })
  expect(app.register).type.toBeCallableWith(blocking, { app: import.meta.url, metrics: { prometheus: register, openTelemetry: new MeterProvider() } })
  expect(app.register).type.toBeCallableWith(blocking, { app: import.meta.url, metrics: { prometheus: new Registry<OpenMetricsContentType>(), openTelemetry: metrics.getMeterProvider() } })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: import.meta.url, metrics: true })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: import.meta.url, metrics: { prometheus: {} } })
  expect(app.register).type.not.toBeCallableWith(blocking, { app: import.meta.url, metrics: { openTelemetry: register } })
})

test('error classes are given by themselves, or with what takes them apart and makes them again', () => {
  class Conflict extends Error {}
  class Refused extends RangeError {
    constructor (readonly rows: number[]) { super('refused') }
  }
  app.register(blocking, {
    app: import.meta.url,
    errorClasses: [Conflict, { class: Refused, serialize: ({ rows }: Refused) => rows, deserialize: (rows: number[]) => new Refused(rows) }]
  })
  // @ts-expect-error No overload matches this call
  app.register(blocking, { app: import.meta.url, errorClasses: [class Other {}] })
  // @ts-expect-error No overload matches this call
  app.register(blocking, { app: import.meta.url, errorClasses: [{ class: Refused }] })
})

test('a wrong option is an error where it is written', () => {
  // @ts-expect-error No overload matches this call
  app.register(blocking, { app: import.meta.url, dispatch: 'auto' })
  // @ts-expect-error 'tiemout' does not exist
  app.register(blocking, { app: import.meta.url, tiemout: 5 })
  // @ts-expect-error 'threads' does not exist
  app.register(blocking, { app: import.meta.url, pool: { threads: 5 } })
  // @ts-expect-error Type 'string' is not assignable
  app.register(blocking, { app: import.meta.url, timeout: '5s' })
  // @ts-expect-error No overload matches this call
  app.register(blocking, { app: { module: import.meta.url } })
  // @ts-expect-error 'heap' does not exist
  const options: BlockingOptions = { app: import.meta.url, pool: { resourceLimits: { heap: 64 } } }
  expect(options).type.toBe<BlockingOptions>()
})
