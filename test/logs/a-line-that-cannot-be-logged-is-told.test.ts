import t from 'tap'
import { build, lines } from './fixtures/loud.js'

t.test('when the app\'s serializer fails at what a worker logs, that is logged, and nothing else is touched', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const { statusCode } = await app.inject({ url: '/unprintable', headers: { 'x-id': 'odd' } })
  t.equal(statusCode, 200)
  t.match(lines.find(({ level }) => level === 50), { msg: /could not be logged/, err: { type: 'TypeError' } })
  t.match(lines.find(({ msg }) => msg === 'goes on'), { reqId: 'odd' })
})
