import t from 'tap'
import { build } from '../fixtures/unsendable.js'

t.test('a request that cannot be sent to a worker is a 500, and its slot is free again', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  for (const url of ['/header', '/getter']) {
    t.equal((await app.inject(url)).statusCode, 500, url)
  }
  // Some enter when another leaves, and not from their own handler.
  const responses = await Promise.all(['/sendable', '/header', '/sendable', '/getter', '/header', '/sendable'].map((url) => app.inject(url)))
  t.same(responses.map(({ statusCode }) => statusCode), [200, 500, 200, 500, 500, 200])
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0, completed: 3, failed: 5 })
})
