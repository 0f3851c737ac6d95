import t from 'tap'
import { build } from './fixtures/one-connection.js'

// Where each dependency waits for a thread of its own, those who have the connection wait for threads, and those who have
// the threads wait for the connection.
t.test('200 requests with two threads and one connection are all answered', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const path of ['/loop/true', '/loop/false', '/worker/true', '/worker/false']) {
    const answers = await Promise.all(Array.from({ length: 200 }, async () => {
      const response = await fetch(origin + path)
      return { status: response.status, body: await response.json() as { user: { isWorker: boolean } } }
    }))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]), path)
    t.same(new Set(answers.map(({ body }) => body.user.isWorker)), new Set([path.startsWith('/worker')]))
  }
  t.match(app.blocking.stats(), { completed: 800, failed: 0, killed: 0, queue: 0, threads: { busy: 0 } })
})
