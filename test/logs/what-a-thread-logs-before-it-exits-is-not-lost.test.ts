import t from 'tap'
import { build, lines } from './fixtures/loud.js'

t.test('what a thread logs right before it exits is not lost', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const { statusCode } = await app.inject({ url: '/crash', headers: { 'x-id': 'doomed' } })
  t.equal(statusCode, 500)
  t.equal(lines.filter(({ msg, reqId }) => msg === 'the last words' && reqId === 'doomed').length, 1)
  t.equal(lines.filter(({ msg }) => msg === 'and those of the app').length, 1)
})
