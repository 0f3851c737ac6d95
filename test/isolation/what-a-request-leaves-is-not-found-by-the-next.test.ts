import t from 'tap'
import { build } from './fixtures/canaries.js'

t.test('nothing that a request has put on what it was given is there for the next one on the same thread', async (t) => {
  const app = await build({})
  t.teardown(() => app.close())
  const first = await app.inject({ url: '/mark', headers: { 'x-mark': 'first' } })
  t.equal(first.statusCode, 299)
  t.same(first.json(), { mark: 'first', found: [], others: [] })
  const look = async (when: string): Promise<void> => {
    const { id, ...seen } = (await app.inject('/look')).json() as { id: string }
    t.same(seen, { found: [], headers: {}, status: 200 }, when)
  }
  await look('after an answer')
  t.equal((await app.inject('/throw')).statusCode, 418)
  await look('after an error')
  for (const mark of ['one', 'another']) {
    t.same((await app.inject({ url: '/enter', headers: { 'x-mark': mark } })).json(), { found: null }, 'in a function')
    await look('after a function')
  }
  for (const [url, status] of [['/stuck', 503], ['/exit', 500]] as const) {
    t.equal((await app.inject(url)).statusCode, status)
    await look(`after a thread that was lost by ${url}`)
  }
  const last = await app.inject({ url: '/mark', headers: { 'x-mark': 'last' } })
  t.same(last.json(), { mark: 'last', found: [], others: [] })
})
