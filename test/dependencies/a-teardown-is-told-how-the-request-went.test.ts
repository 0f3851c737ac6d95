import t from 'tap'
import { until } from '../support/until.js'
import { build, outcomes, sides, told } from './fixtures/finality.js'

const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

const expected = { node: 'db gone', web: 'db gone', response: 'db gone', destroyed: 'Premature close' }

for (const dependency of sides) {
  for (const handler of sides) {
    for (const [payload, message] of Object.entries(expected)) {
      t.test(`a generator on the ${dependency} is told the error of a stream (${payload}) from the ${handler}`, async (t) => {
        const before = told().length
        const response = await fetch(`${origin}/${dependency}/${handler}/breaks/${payload}`)
        t.equal(response.status, payload === 'response' ? 201 : 200)
        await t.rejects(response.text())
        await until('it is told', () => told().length > before)
        t.same(told().slice(before), [message])
        await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      })
    }
  }
}

for (const dependency of sides) {
  for (const handler of sides) {
    t.test(`a teardown on the ${dependency} sees the reply and the request of a handler on the ${handler}, and what it sets counts`, async (t) => {
      const before = told().length
      const response = await fetch(`${origin}/${dependency}/${handler}/sees`)
      t.equal(response.status, 402)
      t.equal(response.headers.get('x-set'), 'set by the handler')
      t.equal(response.headers.get('x-end'), 'set by the teardown')
      // With a handler in a worker the loop's hooks come after it.
      if (handler === 'worker') t.equal(response.headers.get('x-note'), 'torn down')
      t.same(await response.json(), {})
      await until('it is told', () => told().length > before)
      t.same(told().slice(before), ['402 set by the handler paid handler'])
    })

    t.test(`also where that fails: on the ${dependency}, handler on the ${handler}`, async (t) => {
      const before = told().length
      const response = await fetch(`${origin}/${dependency}/${handler}/sees?fails=1`)
      t.equal(response.status, 409)
      t.equal(response.headers.get('x-set'), 'set by the handler')
      t.equal(response.headers.get('x-end'), 'set by the teardown')
      t.match(await response.json(), { message: 'failed' })
      await until('it is told', () => told().length > before)
      t.same(told().slice(before), ['402 set by the handler paid handler'])
    })
  }
}

t.test('a transaction on the loop is rolled back when a later teardown fails, after a handler that did not', async (t) => {
  const cases: Array<[path: string, body: string, outcome: unknown]> = [
    ['/transaction/worker', 'the worker could not flush', { rolledBack: 'the worker could not flush', isItself: false }],
    // It has been in the worker meanwhile, and what comes back is no copy.
    ['/transaction/callback', 'the loop could not flush', { rolledBack: 'the loop could not flush', isItself: true }]
  ]
  for (const [path, message, outcome] of cases) {
    const response = await app.inject(path)
    t.equal(response.statusCode, 500)
    t.equal(response.json().message, message)
    t.strictSame(outcomes.splice(0), [outcome])
  }
  t.equal((await app.inject('/transaction/fine')).statusCode, 200)
  t.strictSame(outcomes, ['committed'])
})
