import t from 'tap'
import { until } from '../support/until.js'
import { build, sides, told } from './fixtures/finality.js'

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
