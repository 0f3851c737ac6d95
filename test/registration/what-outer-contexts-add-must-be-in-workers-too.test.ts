import Fastify, { type FastifyInstance } from 'fastify'
import blocking from 'fastify-blocking'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import { pool } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import plugin from './fixtures/leans-on-outer-contexts.js'
import wholeApp from './fixtures/whole-app.js'

const fixture = fixturesOf(import.meta.url)

async function boot (t: Test, addTo: (app: FastifyInstance) => void, options: object = {}): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  addTo(app)
  app.register(plugin, options)
  await app.ready()
  return app
}

const added: [what: string, add: (app: FastifyInstance) => void][] = [
  ['error handler answer()', (app) => { app.setErrorHandler(function answer (error) { return error }) }],
  ['error handler anonymous()', (app) => { app.setErrorHandler((error) => error) }],
  ['preSerialization hook wrap()', (app) => { app.addHook('preSerialization', async function wrap (_request, _reply, payload) { return payload }) }],
  ['onError hook anonymous()', (app) => { app.addHook('onError', async () => {}) }],
  ['preSerialization hook late()', (app) => { app.addHook('onRoute', (route) => { route.preSerialization = async function late (_request, _reply, payload) { return payload } }) }],
  ['route\'s own error handler late()', (app) => { app.addHook('onRoute', (route) => { route.errorHandler = function late (error) { return error } }) }],
  ['serializer compiler compile()', (app) => { app.setSerializerCompiler(function compile () { return JSON.stringify }) }],
  ['reply serializer', (app) => { app.setReplySerializer(() => '{}') }],
  ['decorator tenant', (app) => { app.decorate('tenant', 'ours') }],
  ['request decorator tenant', (app) => { app.decorateRequest('tenant', '') }],
  ['reply decorator tenant', (app) => { app.decorateReply('tenant', () => 'ours') }],
  ['schema tenant', (app) => { app.addSchema({ $id: 'tenant', type: 'string' }) }]
]

for (const [what, add] of added) {
  t.test(what, async (t) => {
    await t.rejects(boot(t, add), { code: 'FST_BLOCKING_OUTER_CONTEXT', message: what })
  })
}

t.test('also by a plugin of its own', async (t) => {
  const added = fp(async (app: FastifyInstance) => { app.decorate('tenant', 'ours') })
  await t.rejects(boot(t, (app) => { app.register(added) }), { code: 'FST_BLOCKING_OUTER_CONTEXT', message: 'decorator tenant' })
})

t.test('also by a plugin that is registered in the place of the root', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.decorateReply('tenant', () => 'ours')
  app.register(fp(plugin), { parse: false })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_OUTER_CONTEXT', message: 'reply decorator tenant' })
})

t.test('what is wrong is told in one sentence', async (t) => {
  const error = await boot(t, (app) => { app.addHook('onError', async function tell () {}) }).then(() => undefined, (error: Error) => error)
  t.match(error!.message, /alone.*: the onError hook tell\(\) of POST \/blocking is missing in the worker; name/)
})

const parsing: [what: string, add: (app: FastifyInstance) => void][] = [
  ['content type parser text/csv', (app) => { app.addContentTypeParser(['text/csv', 'text/tsv'], (_request, _payload, done) => { done(null) }) }],
  ['content type parser removed: text/plain', (app) => { app.removeContentTypeParser('text/plain') }],
  ['content type parsers removed', (app) => { app.removeAllContentTypeParsers() }],
  ['schema error formatter', (app) => { app.setSchemaErrorFormatter(() => new Error('invalid')) }],
  ['validator compiler compile()', (app) => { app.setValidatorCompiler(function compile () { return () => true }) }]
]

for (const [what, add] of parsing) {
  t.test(`${what}, but only where a worker parses`, async (t) => {
    await t.rejects(boot(t, add, { parse: true }), { code: 'FST_BLOCKING_OUTER_CONTEXT', message: what })
    const app = await boot(t, add)
    t.same((await app.inject({ method: 'POST', url: '/blocking' })).json(), { year: 1 })
  })
}

t.test('what is only for the loop is not asked for', async (t) => {
  const app = await boot(t, (app) => {
    for (const name of ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend', 'onResponse'] as const) app.addHook(name, async function loops () {})
    app.register(async (beside) => {
      beside.decorate('tenant', 'of another context')
      beside.setErrorHandler((error) => error)
    })
  })
  t.same((await app.inject({ method: 'POST', url: '/blocking' })).json(), { year: 1 })
})

async function bootWhole (t: Test, options: { named?: boolean } = {}): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  app.register(wholeApp, options)
  await app.ready()
  return app
}

t.test('with root: true workers build all of it, and serve the routes of the registration', async (t) => {
  const app = await bootWhole(t)
  for (const path of ['/under/first', '/under/second']) {
    t.same((await app.inject(path)).json(), { data: { isMainThread: false, path: path.replace('/under', ''), greeting: 'hello' } })
    const thrown = await app.inject(`${path}/throws`)
    t.equal(thrown.statusCode, 404)
    t.same(thrown.json(), { data: { problem: 'none' } })
  }
})

t.test('a name tells a registration where its place does not', async (t) => {
  const app = await bootWhole(t, { named: true })
  t.match((await app.inject('/first')).json(), { data: { isMainThread: false, path: '/first' } })
  t.match((await app.inject('/second')).json(), { data: { isMainThread: false, path: '/second' } })
})

t.test('two registrations of a server have no name in common', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  for (const prefix of ['/one', '/other']) {
    app.register(async (inner) => { await inner.register(blocking, { app: fixture('without-routes.js'), name: 'same', pool }) }, { prefix })
  }
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_INVALID_OPTION', message: 'option name' })
})

t.test('a name that no registration in the worker has fails the boot', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await app.register(blocking, { app: fixture('without-routes.js'), name: 'here', pool })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_NOT_REGISTERED_IN_WORKER', message: 'by the name "here"' })
})
