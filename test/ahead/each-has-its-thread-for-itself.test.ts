import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/mixed.js'

t.test('brief requests among which some take their time are each answered once, and alone in their thread', async (t) => {
  const app = await build({ threads: 2 })
  t.teardown(() => app.close())
  await app.ready()
  let next = 0
  const wrong: string[] = []
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (next < 4_000) {
      const number = next++
      const { statusCode, body } = await app.inject(`/${number % 97 === 0 ? 'long' : 'brief'}/${number}`)
      if (statusCode !== 200 || body !== `{"number":"${number}","atOnce":1}`) wrong.push(`${number}: ${statusCode} ${body}`)
    }
  }))
  t.same(wrong, [])
  await until('the workers have come to what was recalled', () => app.blocking.stats().threads.busy === 0)
  const { queue, completed, failed, wait, run, threads, killed } = app.blocking.stats()
  t.same({ queue, completed, failed, wait: wait.count, run: run.count }, { queue: 0, completed: 4_000, failed: 0, wait: 4_000, run: 4_000 })
  t.same({ ...threads, killed }, { starting: 0, live: 2, busy: 0, retired: 0, exiting: 0, killed: 0 })
})
