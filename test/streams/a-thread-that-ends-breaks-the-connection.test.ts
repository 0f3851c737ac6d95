import t from 'tap'
import { build, closed, createCounts } from './fixtures/producers.js'

t.test('in the middle of a stream; its successor answers', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/dying`)
  t.equal(response.status, 200)
  Atomics.store(counts, closed, 1)
  await t.rejects(response.text())
  t.equal((await app.inject('/thread')).statusCode, 200)
  t.match(app.blocking.stats(), { failed: 1, completed: 1 })
})
