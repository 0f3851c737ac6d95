import Fastify from 'fastify'
import t from 'tap'
import { takeSnapshot } from '../../dist/loop/visit/snapshot.js'
import type { BlockingRoute } from '../../dist/loop/visit/route-state.js'

/** What would cross of the request that a real Fastify has made of it. */
async function cross (url: string, change?: (query: unknown) => unknown): Promise<Record<string, unknown>> {
  const app = Fastify({ pluginTimeout: 100_000 })
  let snapshot: object = {}
  app.get('/:part?', async (request, reply) => {
    if (change !== undefined) request.query = change(request.query)
    snapshot = takeSnapshot({ queue: { route: 'GET /' }, mayReturnBytes: true, parse: false, knownUncloneable: new Set() } as unknown as BlockingRoute, request, reply, undefined)
    return 'taken'
  })
  await app.inject({ url, headers: { host: 'localhost' } })
  return { ...snapshot }
}

const always = ['type', 'route', 'id', 'method', 'url', 'lines', 'connection', 'mayReturnBytes']

t.test('of an empty query, parameters or body nothing crosses', async (t) => {
  t.same(Object.keys(await cross('/')).filter((name) => name !== 'params'), always)
})

t.test('what there is does', async (t) => {
  t.match(await cross('/a?b=c'), { params: { part: 'a' }, query: { b: 'c' } })
})

t.test('and an empty query that a hook has put there, as it is', async (t) => {
  t.match(await cross('/?b=c', () => ({})), { changes: { request: { values: { query: {} } } } })
  t.notOk('query' in await cross('/?b=c', () => Object.create(null)))
})
