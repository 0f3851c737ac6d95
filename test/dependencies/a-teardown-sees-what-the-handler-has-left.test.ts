import t from 'tap'
import { until } from '../support/until.js'
import { build, sides, told } from './fixtures/finality.js'

const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

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
