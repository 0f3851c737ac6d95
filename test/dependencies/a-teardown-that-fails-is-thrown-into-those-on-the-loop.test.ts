import t from 'tap'
import { build } from './fixtures/teardown-fails.js'

declare module 'fastify' {
  interface FastifyInstance {
    outcomes: unknown[]
  }
}

t.test('a transaction on the loop is rolled back when a later teardown fails, after a handler that did not', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const cases: Array<[path: string, body: string, outcome: unknown]> = [
    ['/worker', 'the worker could not flush', { rolledBack: 'the worker could not flush', isItself: false }],
    // It has been in the worker meanwhile, and what comes back is no copy.
    ['/callback', 'the loop could not flush', { rolledBack: 'the loop could not flush', isItself: true }]
  ]
  for (const [path, message, outcome] of cases) {
    const response = await app.inject(path)
    t.equal(response.statusCode, 500)
    t.equal(response.json().message, message)
    t.strictSame(app.outcomes.splice(0), [outcome])
  }
  t.equal((await app.inject('/fine')).statusCode, 200)
  t.strictSame(app.outcomes, ['committed'])
})
