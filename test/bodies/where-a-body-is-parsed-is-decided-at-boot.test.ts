import { join } from 'node:path'
import Fastify from 'fastify'
import t from 'tap'
import { build } from './fixtures/places.js'

t.test('the plan tells where a body is read and parsed, and what keeps it on the loop', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  const onLoop = (because: string) => ({ readBy: 'loop', parsedBy: 'loop', because })
  const inWorker = { readBy: 'loop', parsedBy: 'worker' }
  const expected = {
    '/plain': inWorker,
    '/true': { readBy: 'worker', parsedBy: 'worker' },
    '/false': onLoop('its option `parse` is false'),
    '/loop': undefined,
    '/schema': inWorker,
    '/worker-dependency': inWorker,
    '/loop-dependency': onLoop('the dependency POST /loop-dependency → loop, on the loop, can see it'),
    '/pre-handler': onLoop('the preHandler hook authenticate() can see it'),
    '/pre-validation': onLoop('the preValidation hook check() can see it'),
    '/pre-parsing': inWorker,
    '/context': onLoop('the preHandler hook inContext() can see it'),
    '/wrapped': onLoop('a plugin has wrapped the handler, and can see it'),
    '/later': onLoop('the preParsing hook decodeLater() comes after that of fastify-blocking'),
    '/parser': onLoop('Fastify\'s own parser of JSON is not in use: content type parser removed: application/json'),
    '/parser-of-a-charset': onLoop('Fastify\'s own parser of JSON is not in use: content type parser application/json; charset=utf-8'),
    '/parser-in-other-letters': onLoop('Fastify\'s own parser of JSON is not in use: content type parser  Application/JSON'),
    '/no-parsers': onLoop('Fastify\'s own parser of JSON is not in use: content type parsers removed'),
    '/other-parser': inWorker,
    '/different': onLoop('the content type parser text/tsv is missing in the worker')
  }
  t.same(Object.fromEntries(Object.keys(expected).map((url) => [url, app.blocking.plan('POST', url).body])), expected)
  t.equal(app.blocking.plan('GET', '/get').body, undefined)
  t.same(app.blocking.plan('PUT', '/both').body, inWorker)
  t.equal(app.blocking.printPlan('POST', '/plain'), 'POST /plain   worker\nrequest.body  worker, read by the loop\n')
  t.equal(app.blocking.printPlan('POST', '/pre-handler'),
    'POST /pre-handler  worker\nrequest.body       loop: the preHandler hook authenticate() can see it\n')

  for (const [url, body] of Object.entries(expected)) {
    const answer = await app.inject({ method: 'POST', url, payload: { a: 1 } })
    t.same([url, answer.statusCode, answer.statusCode === 200 ? answer.json() : undefined],
      url === '/no-parsers' ? [url, 415, undefined] : [url, 200, { a: 1 }], `${url}: ${JSON.stringify(body)}`)
  }
})

t.test('what workers build alone does not have the options of the server', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000, ajv: { customOptions: { coerceTypes: false } } })
  t.teardown(() => app.close())
  const module = join(import.meta.dirname, 'fixtures', 'alone.js')
  const { default: plugin } = await import(module) as { default: (app: typeof Fastify) => Promise<void> }
  await app.register(plugin as never)
  await app.ready()
  t.match(app.blocking?.plan('POST', '/number').body ?? {}, { parsedBy: 'loop', because: 'workers build the plugin without the app around it' })
  t.equal((await app.inject({ method: 'POST', url: '/number', payload: { n: '1' } })).statusCode, 400)
  t.equal((await app.inject({ method: 'POST', url: '/number', payload: { n: 1 } })).statusCode, 200)
})
