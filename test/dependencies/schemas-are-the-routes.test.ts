import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import t from 'tap'
import { pool } from '../support/boot.js'
import { build, querystring, seen, sized } from './fixtures/documented.js'

// Without Fastify's own marks.
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const app = await build()
t.teardown(() => app.close())
await app.ready()

t.test('what dependencies read is validated, coerced, defaulted and documented with the route', async (t) => {
  for (const path of ['/worker', '/loop']) {
    const headers = { 'x-tenant': '7' }
    t.same((await app.inject({ url: `${path}?limit=5&search=tea`, headers })).json(),
      { limits: { page: 1, limit: 5 }, tenant: 7, search: 'tea' }, 'coerced, and with a default')
    t.match((await app.inject({ url: `${path}?page=0`, headers })).json(), { statusCode: 400, message: /page/ })
    t.match((await app.inject({ url: `${path}?limit=101`, headers })).json(), { statusCode: 400, message: /limit/ })
    t.match((await app.inject(path)).json(), { statusCode: 400, message: /x-tenant/ })
    const { paths } = JSON.parse(JSON.stringify(app.swagger())) as { paths: Record<string, { get: { parameters: { in: string, name: string }[] } }> }
    const { parameters } = paths[path]!.get
    t.same(parameters.map((parameter) => `${parameter.in} ${parameter.name}`).sort(),
      ['header x-tenant', 'query limit', 'query page', 'query search'])
  }
  t.same(Object.keys(querystring.properties), ['search'], 'the schema of the route itself is left as it was')
})

t.test('what a dependency reads is validated, coerced, defaulted and shown as a part of the route\'s schema', async (t) => {
  for (const handler of ['blocking', 'loop']) {
    const url = `/page/${handler}`
    t.same((await app.inject(`${url}?size=20`)).json(), { page: 1, query: { size: 20, page: 1 } })
    t.same((await app.inject(`${url}?size=20&page=3`)).json(), { page: 3, query: { size: 20, page: 3 } })
    for (const query of ['?size=20&page=0', '?size=20&page=x', '?page=3']) {
      const { statusCode, body } = await app.inject(url + query)
      t.equal(statusCode, 400, body)
    }
    t.same(plain(seen[`GET ${url}`]), {
      querystring: {
        type: 'object',
        properties: { size: { type: 'integer' }, page: { type: 'integer', minimum: 1, default: 1 } },
        required: ['size']
      }
    })
  }
  t.same(sized, { querystring: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] } }, 'what the route was given is as it was')
})

t.test('a fake with a schema of its own comes before the routes that it is for', async (t) => {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: new URL('../boot/fixtures/registers-only.js', import.meta.url), pool })
  const real = dependency(() => 1)
  const fake = dependency({ schema: { querystring: { type: 'object', properties: { n: { type: 'integer' } } } } }, () => 2)
  app.get('/early', { dependencies: { real } }, async () => 'early')
  app.overrideDependency(real, fake)
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: 'GET /early → real' })
})
