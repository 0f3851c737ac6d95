import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

t.test('stats() tells threads, queue, counts, and wait and run times in ms, in all and by route', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const none = { count: 0, min: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 }
  const idle = { completed: 0, failed: 0, wait: none, run: none }
  t.same(app.blocking.stats(), {
    threads: { starting: 1, live: 0, busy: 0, retired: 0, exiting: 0 },
    killed: 0,
    recycled: 0,
    queue: 0,
    ...idle,
    routes: { 'GET /still': idle, 'HEAD /still': idle, 'GET /tell': idle, 'HEAD /tell': idle }
  })
  await app.ready()

  const start = performance.now()
  const still = app.inject(`/still?gate=${gate}`)
  await until('it runs', () => app.blocking.stats().threads.busy === 1)
  const waiting = app.inject('/tell')
  await until('one waits', () => app.blocking.stats().queue === 1)
  const held = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 50)) // a time to be measured
  const heldFor = performance.now() - held
  writeFileSync(gate, '')
  await Promise.all([still, waiting])
  const took = performance.now() - start

  const stats = app.blocking.stats()
  t.match(stats, { threads: { live: 1, busy: 0 }, queue: 0, completed: 2, failed: 0, wait: { count: 2 }, run: { count: 2 } })
  const ran = stats.routes['GET /still']!.run
  const waited = stats.routes['GET /tell']!.wait
  for (const [name, times] of Object.entries({ ran, waited })) {
    // The histogram keeps two figures.
    t.ok(times.min >= heldFor * 0.98 && times.max <= took * 1.02, `${name}: ${times.min} to ${times.max} ms, of ${heldFor} to ${took}`)
    t.equal(times.count, 1)
    t.ok(times.min <= times.mean && times.mean <= times.max)
    for (const percentile of [times.p50, times.p90, times.p99]) t.ok(percentile >= times.min && percentile <= times.max)
  }
  t.equal(stats.run.max, ran.max)
  t.equal(stats.wait.max, waited.max)
  t.same(stats.routes['HEAD /tell'], idle)
})
