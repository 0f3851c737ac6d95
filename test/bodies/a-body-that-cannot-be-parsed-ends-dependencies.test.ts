import t from 'tap'
import { build, createCounts, ended, failed } from './fixtures/bodies.js'

t.test('its error goes through the generators on the loop', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  const post = async (payload: string) => app.inject({ method: 'POST', url: '/dependent', headers: { 'content-type': 'application/json' }, payload })
  t.same((await post('{"a":1}')).json(), { body: { a: 1 }, transaction: 'transaction' })
  t.same([Atomics.load(counts, ended), Atomics.load(counts, failed)], [1, 0])
  t.match((await post('{')).json(), { statusCode: 400, code: 'FST_ERR_CTP_INVALID_JSON_BODY' })
  t.same([Atomics.load(counts, ended), Atomics.load(counts, failed)], [2, 1])
})
