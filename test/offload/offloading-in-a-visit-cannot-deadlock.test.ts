import t from 'tap'
import { build } from './fixtures/visits.js'

// Where each call waits for a thread of its own, those who have the threads wait for threads.
t.test('100 requests with two threads, each of which offloads while it holds one, are all answered', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const paths = ['/resolve', '/handle', '/dispose', '/asks']
  for (const path of paths) {
    const answers = await Promise.all(Array.from({ length: 100 }, async () => {
      const response = await fetch(origin + path)
      const { first, inVisit } = await response.json() as { first: number, inVisit: number[] }
      return { status: response.status, isOneThread: inVisit.every((thread) => thread === first) }
    }))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]), path)
    t.same(new Set(answers.map(({ isOneThread }) => isOneThread)), new Set([true]), path)
  }
  t.match(app.blocking.stats(), { completed: 400, failed: 0, killed: 0, queue: 0, threads: { busy: 0 } })
})
