import t from 'tap'
import { build } from './fixtures/stream-after-its-error.js'

t.test('a stream of a request that was answered with an error meanwhile is not the answer of the next one', async (t) => {
  const app = await build({})
  t.teardown(() => app.close())
  const failed = await app.inject('/fails')
  t.equal(failed.statusCode, 500)
  t.match(failed.json(), { message: 'after the stream' })
  const next = await app.inject('/next')
  t.equal(next.body, 'the second')
  t.equal(next.headers['x-of'], undefined)
  t.equal(app.blocking.stats().run.count, 2)
})
