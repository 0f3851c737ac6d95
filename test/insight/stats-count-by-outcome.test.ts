import t from 'tap'
import { onlyCompleted } from '../support/outcomes.js'
import { buildMeasured } from './fixtures/typed.js'

t.test('a HEAD route that Fastify has made counts with its GET route; one of its own by itself; what nobody calls is left out', async (t) => {
  const app = await buildMeasured()
  t.teardown(() => app.close())
  await app.ready()
  t.same(app.blocking.stats().routes, {})

  for (const [method, url] of [['GET', '/tell'], ['HEAD', '/tell'], ['HEAD', '/own'], ['GET', '/double/4']] as const) {
    t.equal((await app.inject({ method, url })).statusCode, 200, url)
  }
  const { run, routes, ...counts } = app.blocking.stats()
  t.match(counts, { completed: 4, ...onlyCompleted })
  t.equal(run.count, 4)
  t.match(routes, { 'GET /tell': { completed: 2, run: { count: 2 } }, 'HEAD /own': { completed: 1 }, 'offload double': { completed: 1 } })
  t.same(Object.keys(routes).sort(), ['GET /tell', 'HEAD /own', 'offload double'])
})
