import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { build } from './fixtures/bodies.js'

t.test('hooks on the loop see no body, and all headers', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const seen: Record<string, unknown> = {}
  const see = (name: string, { body, headers, mediaType, raw }: FastifyRequest): void => {
    seen[name] = { body, type: headers['content-type'], length: headers['content-length'], mediaType, read: raw.readableDidRead }
  }
  app.addHook('preParsing', async (request) => { see('preParsing', request) })
  app.addHook('preValidation', async (request) => { see('preValidation', request) })
  app.addHook('preHandler', async (request) => { see('preHandler', request) })
  app.addHook('onSend', async (request) => { seen.onSend = { body: request.body } })
  const answer = await app.inject({ method: 'POST', url: '/parsed', headers: { 'content-type': 'application/json' }, payload: '[1]' })
  t.match(answer.json(), { length: 3 })
  const untouched = { body: undefined, type: 'application/json', length: '3', mediaType: 'application/json', read: false }
  t.same(seen, { preParsing: untouched, preValidation: untouched, preHandler: untouched, onSend: { body: undefined } })
})

t.test('headers that a hook has set stay so', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  app.addHook('preParsing', async (request) => { request.headers = { ...request.headers, 'x-set': 'set' } })
  let headers: FastifyRequest['headers'] = {}
  app.addHook('preHandler', async (request) => { headers = request.headers })
  await app.inject({ method: 'POST', url: '/parsed', headers: { 'content-type': 'application/json' }, payload: '[1]' })
  t.match(headers, { 'x-set': 'set', 'content-type': 'application/json', 'content-length': '3' })
})

t.test('of a body that was read on the loop all the same, or set there, the request fails', async (t) => {
  for (const prepare of ['read', 'set', 'parsed'] as const) {
    const app = await build({ readsHeaders: prepare === 'parsed' })
    t.teardown(() => app.close())
    if (prepare === 'read') app.addHook('preHandler', async (request) => { await request.raw.toArray() })
    if (prepare === 'set') app.addHook('preHandler', async (request) => { request.body = {} })
    const answer = await app.inject({ method: 'POST', url: '/parsed', headers: { 'content-type': 'application/json' }, payload: '[1]' })
    t.equal(answer.statusCode, 500)
    t.match(answer.json(), { code: 'FST_BLOCKING_BODY_READ', message: /^POST \/parsed has / }, prepare)
  }
})
