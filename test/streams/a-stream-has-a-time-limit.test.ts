import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, createCounts, ended } from './fixtures/producers.js'

t.test('after which its connection is broken, and its producer ended', async (t) => {
  const limit = new HeldTimers(t)
  const counts = createCounts()
  const app = await build({ counts, plugin: { timeout: held, grace: 100_000 } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/generator`)
  await limit.runOut()
  await t.rejects(response.text())
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(Atomics.load(counts, ended), 1)
  t.match(app.blocking.stats(), { failed: 1, killed: 0 })
})

t.test('after which a thread that goes on is terminated', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held, grace: 0 } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/deaf`)
  await limit.runOut()
  await t.rejects(response.text())
  t.equal((await app.inject('/thread')).statusCode, 200)
  t.match(app.blocking.stats(), { failed: 1, completed: 1, killed: 1 })
})
