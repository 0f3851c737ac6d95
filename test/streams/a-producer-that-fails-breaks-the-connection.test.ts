import t from 'tap'
import { until } from '../support/until.js'
import { build, closed, createCounts, ended } from './fixtures/producers.js'

t.test('and its dependencies are told', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/failing`)
  t.equal(response.status, 200)
  await t.rejects(response.text())
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(Atomics.load(counts, ended), 1)
  t.equal(Atomics.load(counts, closed), 1)
  t.match(app.blocking.stats(), { failed: 1, completed: 0, killed: 0 })
})
