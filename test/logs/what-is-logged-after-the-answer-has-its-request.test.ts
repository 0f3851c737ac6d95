import t from 'tap'
import { build, lines } from './fixtures/loud.js'
import { until } from '../support/until.js'

t.test('what is logged when the visit is over has the id of its request, and describes it', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.inject({ url: '/late', headers: { 'x-id': 'long-gone' } })
  await until('it was logged', () => lines.some(({ msg }) => msg === 'afterwards'))
  const late = lines.filter(({ msg }) => msg === 'afterwards')
  t.match(late, [{ reqId: 'long-gone', level: 30, req: { method: 'GET', url: '/late' } }])
  t.equal(late.length, 1)
})
