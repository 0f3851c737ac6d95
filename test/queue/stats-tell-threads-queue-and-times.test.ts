import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'

t.test('stats() tells threads, boots, queue, counts, and wait and run times in ms, in all and by route', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const none = { count: 0, min: 0, mean: 0, max: 0, p50: undefined, p90: undefined, p99: undefined }
  const idle = { completed: 0, ...onlyCompleted, wait: none, run: none }
  t.same(app.blocking.stats(), {
    threads: { starting: 1, live: 0, busy: 0, retired: 0, exiting: 0 },
    killed: 0,
    retirements: 0,
    recycled: 0,
    heapsUsed: [],
    boots: { completed: 0, failed: 0, time: 0 },
    queue: 0,
    ...idle,
    routes: {}
  })
  await app.ready()
  const { boots } = app.blocking.stats()
  t.match(boots, { completed: 1, failed: 0 })
  t.ok(boots.time > 0)

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
  t.match(stats, { threads: { live: 1, busy: 0 }, queue: 0, completed: 2, ...onlyCompleted, wait: { count: 2 }, run: { count: 2 } })
  const ran = stats.routes['GET /still']!.run
  const waited = stats.routes['GET /tell']!.wait
  for (const [name, times] of Object.entries({ ran, waited })) {
    // The histogram keeps two figures.
    t.ok(times.min >= heldFor * 0.98 && times.max <= took * 1.02, `${name}: ${times.min} to ${times.max} ms, of ${heldFor} to ${took}`)
    t.equal(times.count, 1)
    t.ok(times.min <= times.mean && times.mean <= times.max)
    t.match(times, { p50: undefined, p90: undefined, p99: undefined }, 'of one time none would lie above')
  }
  t.equal(stats.run.max, ran.max)
  t.equal(stats.wait.max, waited.max)
  t.same(Object.keys(stats.routes).sort(), ['GET /still', 'GET /tell'])
})

t.test('a percentile is told from as many times on as it takes for one to lie above it', async (t) => {
  const app = await build({ routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  await app.ready()

  for (let count = 1; count <= 100; count++) {
    await app.inject('/tell')
    const { run } = app.blocking.stats()
    t.equal(run.count, count)
    for (const [name, least] of [['p50', 2], ['p90', 10], ['p99', 100]] as const) {
      const percentile = run[name]
      if (count < least) t.equal(percentile, undefined, `${name} of ${count}`)
      else t.ok(percentile !== undefined && percentile >= run.min && percentile <= run.max, `${name} of ${count}`)
    }
  }
})
