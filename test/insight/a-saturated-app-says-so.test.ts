import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until, untilExists } from '../support/until.js'
import { buildMeasured } from './fixtures/typed.js'

/** By how many ms performance.now() is ahead: waiting takes no time then. */
let ahead = 0
const now = performance.now.bind(performance)
performance.now = () => now() + ahead

t.test('isSaturated() is true from half of queue.max on, and no longer when the queue is shorter', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await buildMeasured({ plugin: { queue: { max: 5 } } })
  t.teardown(() => app.close())
  t.equal(app.blocking.isSaturated(), false, 'before the app is ready')
  await app.ready()
  const requests = [app.inject(`/still?gate=${gate}`).then()]
  await untilExists(`${gate}.started`)
  t.equal(app.blocking.isSaturated(), false, 'all threads are busy, and nobody waits')
  for (const isSaturated of [false, false, true, true, true]) {
    const { queue } = app.blocking.stats()
    requests.push(app.inject('/tell').then())
    await until('it waits', () => app.blocking.stats().queue === queue + 1)
    t.equal(app.blocking.isSaturated(), isSaturated, `${queue + 1} of 5`)
  }
  writeFileSync(gate, '')
  await Promise.all(requests)
  t.equal(app.blocking.isSaturated(), false)
})

t.test('isSaturated() is true once a request has waited for a thread for half of queue.timeout', async (t) => {
  t.teardown(() => { ahead = 0 })
  const gate = join(t.testdir(), 'gate')
  const app = await buildMeasured({ plugin: { queue: { timeout: 2_000_000 } } })
  t.teardown(() => app.close())
  await app.ready()
  const still = app.inject(`/still?gate=${gate}`).then()
  await untilExists(`${gate}.started`)
  const waiting = app.inject('/tell').then()
  await until('it waits', () => app.blocking.stats().queue === 1)
  t.equal(app.blocking.isSaturated(), false)
  ahead = 1_000_000
  t.equal(app.blocking.isSaturated(), true)
  writeFileSync(gate, '')
  await Promise.all([still, waiting])
  t.equal(app.blocking.isSaturated(), false)
})

t.test('a request that waits for others of its route says nothing of the threads', async (t) => {
  t.teardown(() => { ahead = 0 })
  const gate = join(t.testdir(), 'gate')
  const app = await buildMeasured({ bulkheads: { '': { concurrency: 1, queue: { timeout: 2_000_000 }, pool: { minThreads: 2, maxThreads: 2 } } } })
  t.teardown(() => app.close())
  await app.ready()
  const requests = [app.inject(`/still?gate=${gate}`).then()]
  await untilExists(`${gate}.started`)
  requests.push(app.inject(`/still?gate=${gate}`).then())
  await until('it waits', () => app.blocking.stats().queue === 1)
  ahead = 1_500_000
  t.equal(app.blocking.isSaturated(), false)
  ahead = 0
  writeFileSync(gate, '')
  await Promise.all(requests)
})

t.test('without a queue isSaturated() tells whether as many requests run as may', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const app = await buildMeasured({ plugin: { queue: { max: 0 }, pool: { minThreads: 2, maxThreads: 2 } } })
  t.teardown(() => app.close())
  await app.ready()
  const requests: Promise<unknown>[] = [app.inject(`/still?gate=${gate}`).then()]
  await untilExists(`${gate}.started`)
  t.equal(app.blocking.isSaturated(), false)
  requests.push(app.functions.wait(`${gate}-call`))
  await untilExists(`${gate}-call.started`)
  t.equal(app.blocking.isSaturated(), true)
  t.equal((await app.inject('/tell')).statusCode, 503)
  t.equal(app.blocking.isSaturated(), true)
  for (const name of [gate, `${gate}-call`]) writeFileSync(name, '')
  await Promise.all(requests)
  t.equal(app.blocking.isSaturated(), false)
})
