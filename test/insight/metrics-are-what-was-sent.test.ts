import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Counts, Outcome, Stats } from 'fastify-blocking'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { outcomesOf, scrape, type Scraped, valueOf } from '../support/scrape.js'
import { until, untilExists } from '../support/until.js'
import { expose } from './fixtures/measured.js'
import { buildMeasured } from './fixtures/typed.js'

const names = { completed: 'completed', failed: 'failed', refused: 'refused', timedOut: 'timed_out', clientGone: 'client_gone' }

function outcomesIn (counts: Counts): Record<string, number> {
  return Object.fromEntries(Object.entries(names).map(([name, outcome]) => [outcome, counts[name as Outcome]]))
}

const none = { completed: 0, failed: 0, refused: 0, timed_out: 0, client_gone: 0 }

/** Compares what was scraped with stats() at the same time, while nothing runs. */
function compare (t: Test, scraped: Scraped, stats: Stats, registration = '/'): void {
  const labels = { registration }
  t.same(outcomesOf(scraped, registration), Object.fromEntries(Object.entries(stats.routes).map(([route, counts]) => [route, outcomesIn(counts)])))
  const { threads: { live, busy, ...others }, boots } = stats
  for (const [state, count] of Object.entries({ idle: live - busy, busy, ...others })) {
    t.equal(valueOf(scraped, 'fastify_blocking_threads', { ...labels, state }), count, state)
  }
  t.equal(valueOf(scraped, 'fastify_blocking_queue_length', labels), stats.queue)
  t.equal(valueOf(scraped, 'fastify_blocking_kills_total', labels), stats.killed)
  for (const [worker, bytes] of stats.heapsUsed.entries()) {
    // Workers tell it every few seconds, so that it may have changed meanwhile.
    t.ok(bytes > 1_000_000 && valueOf(scraped, 'fastify_blocking_heap_used_bytes', { ...labels, worker: String(worker) })! > 1_000_000)
  }
  t.equal(valueOf(scraped, 'fastify_blocking_retirements_total', labels), stats.retirements)
  t.equal(valueOf(scraped, 'fastify_blocking_recycles_total', labels), stats.recycled)
  t.equal(valueOf(scraped, 'fastify_blocking_boots_total', { ...labels, outcome: 'completed' }), boots.completed)
  t.equal(valueOf(scraped, 'fastify_blocking_boots_total', { ...labels, outcome: 'failed' }), boots.failed)
  t.equal(valueOf(scraped, 'fastify_blocking_boot_time_seconds_total', labels), boots.time / 1_000)
  for (const [route, counts] of Object.entries(stats.routes)) {
    for (const name of ['wait', 'run'] as const) {
      const { count, mean, max } = counts[name]
      const histogram = `fastify_blocking_${name}_duration_seconds`
      const of = { ...labels, route }
      t.equal(valueOf(scraped, `${histogram}_count`, of) ?? 0, count, `${name} of ${route}`)
      if (count === 0) continue
      const sum = valueOf(scraped, `${histogram}_sum`, of)!
      // stats() has two figures of each time, and none below a microsecond.
      const expected = mean * count / 1_000
      t.ok(Math.abs(sum - expected) <= 0.02 * expected + count * 1e-6, `${name} of ${route}: ${sum} s, of ${expected}`)
      const buckets = (scraped.samples[`${histogram}_bucket`] ?? []).filter((sample) => sample.labels['route'] === route && sample.labels['registration'] === registration)
      t.equal(buckets.at(-1)!.labels['le'], '+Inf')
      t.equal(buckets.at(-1)!.value, count)
      for (const { labels: { le }, value } of buckets) if (Number(le) >= 1.02 * max / 1_000) t.equal(value, count, `all are at most ${le}`)
      t.same(buckets.map(({ value }) => value), buckets.map(({ value }) => value).sort((one, other) => one - other))
    }
  }
}

t.test('metrics over HTTP are what was sent, and what stats() says: each request has one outcome', async (t) => {
  const limit = new HeldTimers(t)
  const directory = t.testdir()
  const gateOf = (name: string): string => join(directory, name)
  const registry = new Registry()
  const app = await buildMeasured({ bulkheads: { '': { loopTimeout: held, queue: { max: 2 } } } }, { prometheus: registry })
  t.teardown(() => app.close())
  expose(app, registry)
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const statusOf = async (path: string, method = 'GET'): Promise<number> => {
    const response = await fetch(origin + path, { method })
    await response.text()
    return response.status
  }
  const stats = (): Stats => app.blocking.stats()
  const freed = async (): Promise<void> => await until('one thread is there, and free', () => stats().threads.live === 1 && stats().threads.busy === 0)

  t.same(outcomesOf(await scrape(`${origin}/metrics`), '/'), {}, 'nobody has called anything')

  for (let count = 0; count < 20; count++) t.equal(await statusOf('/tell'), 200)
  for (let count = 0; count < 5; count++) t.equal(await statusOf('/tell', 'HEAD'), 200)
  t.equal(await statusOf('/own', 'HEAD'), 200)
  t.equal(await statusOf('/fail'), 500)
  for (let count = 0; count < 3; count++) t.equal(await statusOf(`/double/${count}`), 200)
  t.equal(await statusOf('/exit'), 500)
  await freed()

  // One that runs hangs up, as one that waits does.
  const running = await send(port, `/still?gate=${gateOf('running')}`)
  await untilExists(`${gateOf('running')}.started`)
  const waiting = await send(port, '/tell')
  await until('one waits', () => stats().queue === 1)
  const full = fetch(`${origin}/tell`)
  await until('two wait', () => stats().queue === 2)
  t.equal(await statusOf('/tell'), 503, 'the queue is full')
  t.equal(valueOf(await scrape(`${origin}/metrics`), 'fastify_blocking_queue_length', {}), 2)
  t.equal(valueOf(await scrape(`${origin}/metrics`), 'fastify_blocking_threads', { state: 'busy' }), 1)
  t.equal(valueOf(await scrape(`${origin}/metrics`), 'fastify_blocking_threads', { state: 'idle' }), 0)
  t.equal(valueOf(await scrape(`${origin}/metrics`), 'fastify_blocking_saturated', {}), 1)
  running.destroy()
  waiting.destroy()
  await until('both have gone', () => stats().clientGone === 2)
  writeFileSync(gateOf('running'), '')
  t.equal((await full).status, 200)
  await freed()

  const stream = await send(port, '/stream')
  await once(stream, 'data')
  stream.destroy()
  await until('it has gone', () => stats().clientGone === 3)
  await freed()

  const looping = statusOf(`/loop?gate=${gateOf('loop')}`)
  await untilExists(`${gateOf('loop')}.started`)
  await limit.runOut()
  t.equal(await looping, 503)
  await freed()
  const expiring = statusOf(`/expires?gate=${gateOf('expires')}`)
  await untilExists(`${gateOf('expires')}.started`)
  await limit.runOut()
  t.equal(await expiring, 503)
  await freed()

  const controller = new AbortController()
  const { double, wait } = app.functions
  const stands = wait(gateOf('call'))
  await untilExists(`${gateOf('call')}.started`)
  const aborted = double.with({ signal: controller.signal })(1)
  controller.abort()
  await t.rejects(aborted)
  await t.rejects(double.with({ signal: controller.signal })(1))
  writeFileSync(gateOf('call'), '')
  await stands
  await freed()

  const scraped = await scrape(`${origin}/metrics`)
  t.same(outcomesOf(scraped, '/'), {
    'GET /tell': { ...none, completed: 26, refused: 1, client_gone: 1 },
    'HEAD /own': { ...none, completed: 1 },
    'GET /fail': { ...none, completed: 1 },
    'GET /exit': { ...none, failed: 1 },
    'GET /still': { ...none, client_gone: 1 },
    'GET /stream': { ...none, client_gone: 1 },
    'GET /loop': { ...none, timed_out: 1 },
    'GET /expires': { ...none, timed_out: 1 },
    'offload double': { ...none, completed: 3, client_gone: 2 },
    'offload wait': { ...none, completed: 1 }
  })
  compare(t, scraped, stats())
  t.match(stats(), { killed: 2, boots: { completed: 4, failed: 0 } })
  t.equal(valueOf(scraped, 'fastify_blocking_queue_limit', {}), 2)
  t.equal(valueOf(scraped, 'fastify_blocking_threads_limit', {}), 1)
  t.equal(valueOf(scraped, 'fastify_blocking_saturated', {}), 0)
  t.ok(valueOf(scraped, 'fastify_blocking_event_loop_delay_seconds', { quantile: '0.5' })! >= 0)
  const ofHosts = Object.entries(scraped.samples).filter(([name]) => name.startsWith('fastify_blocking_host'))
  t.same(ofHosts.flatMap(([, samples]) => samples), [], 'a server without option remote has no series of hosts')
})

t.test('under load, with threads that are lost, full queues and scrapes meanwhile, metrics are what clients have seen', async (t) => {
  const registry = new Registry()
  const app = await buildMeasured({ plugin: { queue: { max: 6 }, pool: { minThreads: 2, maxThreads: 2 } } }, { prometheus: registry })
  t.teardown(() => app.close())
  expose(app, registry)
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const seen: Record<string, Record<string, number>> = {}
  const note = (route: string, status: number, code: string | undefined): void => {
    const outcome = code === 'FST_BLOCKING_QUEUE_FULL' ? 'refused' : code === 'FST_BLOCKING_THREAD_LOST' ? 'failed' : 'completed'
    if (outcome === 'completed') t.equal(status, route === 'GET /fail' ? 500 : 200)
    const ofRoute = seen[route] ??= { ...none }
    ofRoute[outcome]!++
  }

  let next = 0
  let last = 0
  await Promise.all(Array.from({ length: 16 }, async (_, client) => {
    while (next < 1_500) {
      const number = next++
      const path = number % 300 === 299 ? '/exit' : number % 10 === 9 ? '/fail' : '/tell'
      const response = await fetch(origin + path)
      const { code } = await response.json() as { code?: string }
      note(`GET ${path}`, response.status, code)
      if (client > 0 || number % 5 > 0) continue
      const counts = Object.values(outcomesOf(await scrape(`${origin}/metrics`), '/')).flatMap((outcomes) => Object.values(outcomes))
      const all = counts.reduce((sum, count) => sum + count, 0)
      t.ok(all >= last, 'counts never fall')
      last = all
    }
  }))
  await until('two threads are there, and free', () => app.blocking.stats().threads.live === 2 && app.blocking.stats().threads.busy === 0)

  const scraped = await scrape(`${origin}/metrics`)
  t.same(outcomesOf(scraped, '/'), seen)
  t.ok(seen['GET /tell']!['completed']! > 0)
  t.ok(seen['GET /tell']!['refused']! > 0)
  compare(t, scraped, app.blocking.stats())
})
