import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { build } from './fixtures/bodies.js'

for (const [path, read] of [['/parsed', false], ['/deferred', true]] as const) {
  t.test(`of a route whose worker parses: ${path}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    const post = async (query: string) => await app.inject({ method: 'POST', url: `${path}?${query}`, headers: { 'content-type': 'application/json' }, payload: '[1]' })
    /** What is done in which hook to a request with which query. */
    let seen: Record<string, unknown> = {}
    const see = (name: string, { body, headers, mediaType, raw }: FastifyRequest): void => {
      seen[name] = { body, type: headers['content-type'], length: headers['content-length'], mediaType, read: raw.readableDidRead }
    }
    const does: Record<string, Record<string, (request: FastifyRequest) => unknown>> = {
      see: {
        preParsing: (request) => see('preParsing', request),
        preValidation: (request) => see('preValidation', request),
        preHandler: (request) => see('preHandler', request),
        onSend: (request) => { seen.onSend = { body: request.body } }
      },
      headers: {
        preParsing: (request) => { request.headers = { ...request.headers, 'x-set': 'set' } },
        preHandler: (request) => { seen = request.headers }
      },
      read: { preHandler: (request) => request.raw.toArray() },
      set: { preHandler: (request) => { request.body = {} } }
    }
    for (const hook of ['preParsing', 'preValidation', 'preHandler', 'onSend'] as const) {
      app.addHook(hook as 'preHandler', async (request: FastifyRequest) => { await does[request.url.split('?')[1]!]?.[hook]?.(request) })
    }

    await t.test('hooks on the loop see no body, and all headers', async (t) => {
      t.match((await post('see')).json(), { length: 3 })
      const untouched = { body: undefined, type: 'application/json', length: '3', mediaType: 'application/json', read }
      t.same(seen, { preParsing: { ...untouched, read: false }, preValidation: untouched, preHandler: untouched, onSend: { body: undefined } })
    })

    await t.test('hooks after an error of the body see none either', async (t) => {
      seen = {}
      const answer = await app.inject({ method: 'POST', url: `/list/${read ? 'deferred' : 'true'}?see`, payload: { no: 'list' } })
      t.match([answer.statusCode, answer.json()], [400, { code: 'FST_ERR_VALIDATION' }])
      t.same(seen.onSend, { body: undefined })
    })

    await t.test('headers that a hook has set stay so', async (t) => {
      await post('headers')
      t.match(seen, { 'x-set': 'set', 'content-type': 'application/json', 'content-length': '3' })
    })

    await t.test('of a body that was read on the loop all the same, or set there, the request fails', async (t) => {
      for (const way of read ? ['set'] : ['read', 'set']) {
        const answer = await post(way)
        t.equal(answer.statusCode, 500)
        t.match(answer.json(), { code: 'FST_BLOCKING_BODY_READ', message: new RegExp(`^POST ${path} has `) }, way)
      }
    })
  })
}

t.test('of a body that was parsed on the loop all the same the request fails', async (t) => {
  const app = await build({ readsHeaders: true })
  t.teardown(() => app.close())
  const answer = await app.inject({ method: 'POST', url: '/parsed', headers: { 'content-type': 'application/json' }, payload: '[1]' })
  t.equal(answer.statusCode, 500)
  t.match(answer.json(), { code: 'FST_BLOCKING_BODY_READ', message: /^POST \/parsed has / })
})

const type = 'multipart/form-data; boundary=b'
const payload = '--b\r\ncontent-disposition: form-data; name="one"\r\n\r\n1\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncontent\r\n--b--\r\n'
const post = (url: string) => ({ method: 'POST' as const, url, headers: { 'content-type': type }, payload })

t.test('fields of a form that are attached as values are data, on either side', async (t) => {
  const app = await build({ multipart: { attachFieldsToBody: 'keyValues' } })
  t.teardown(() => app.close())
  t.same((await app.inject(post('/fields'))).json(), { one: '1', file: 'content' })
  t.same((await app.inject(post('/fields/parsed'))).json(), { one: '1', file: 'content' })
})

t.test('fields of a form that are attached as objects with functions are made where the body is parsed', async (t) => {
  const app = await build({ multipart: { attachFieldsToBody: true } })
  t.teardown(() => app.close())
  t.match((await app.inject(post('/fields'))).json(), { statusCode: 500, code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^request\.body/ })
  t.same((await app.inject(post('/fields/parsed'))).json(), { one: '1', file: 'content' })
})
