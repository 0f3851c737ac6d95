import { join } from 'node:path'
import t from 'tap'
import { build } from './fixtures/contexts.js'

// Without Fastify's own marks.
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

t.test('what a dependency reads is validated, coerced, defaulted and shown as a part of the route\'s schema', async (t) => {
  const app = await build({ journal: join(t.testdir(), 'journal') })
  t.teardown(() => app.close())
  await app.ready()
  const { seen, schema } = app as unknown as { seen: Record<string, unknown>, schema: unknown }
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
  t.same(schema, { querystring: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] } }, 'what the route was given is as it was')
})
