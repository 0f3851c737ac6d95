import t from 'tap'
import { build } from './fixtures/guarded.js'

t.test('of two that have waited for the same value, the second does not begin when the first throws', async (t) => {
  const app = await build({ onCharge: () => { t.fail('it has begun') } })
  t.teardown(() => app.close())
  t.equal((await app.inject('/')).json().message, 'refused')
})
