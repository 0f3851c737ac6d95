import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'
import { build as buildAsking } from './fixtures/asking.js'
import { build as buildOverruns, maxRetired, maxThreads } from './fixtures/overruns.js'

t.test('retired threads stand beside the others, as many as maxRetired says; further ones keep their place until they are gone', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const file = join(t.testdir(), 'notes')
  const app = await buildAsking({ file, limit: held, plugin: { pool: { maxRetired: 1 } } })
  t.teardown(() => app.close())
  /** Its status, when it has begun, as one of so many, and is over its limit then. */
  const overrun = async (begun: number): Promise<number> => {
    const answer = app.inject('/transaction').then()
    await until('its handler has begun', () => existsSync(`${file}.begun`) && readFileSync(`${file}.begun`, 'utf8').length === begun)
    await limit.runOut()
    return (await answer).statusCode
  }
  await app.ready()
  t.equal(await overrun(1), 503)
  await until('a thread is retired, and has a successor', () => {
    const { live, retired } = app.blocking.stats().threads
    return retired === 1 && live === 1
  })
  t.equal((await app.inject('/tell')).body, 'told')

  t.equal(await overrun(2), 503)
  await until('two are retired', () => app.blocking.stats().threads.retired === 2)
  const waiting = app.inject('/tell')
  waiting.then(() => {})
  t.match(app.blocking.stats().threads, { live: 0, starting: 0, retired: 2 }, 'there is no place for another one')
  t.equal(threads.most, 2)

  writeFileSync(`${file}.go`, '')
  t.equal((await waiting).body, 'told', 'until one is gone')
  await until('all of them are', () => app.blocking.stats().threads.retired === 0)
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, exiting: 0 } })
  t.equal(threads.most, 2, 'never more than maxThreads and maxRetired')
})

t.test('a thread in native code counts until it has exited, not until it was told to', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/native': { does: 'waitInNativeCode', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const gate = createServer().listen(0, '127.0.0.1')
  t.teardown(() => gate.close())
  await once(gate, 'listening')
  const waits = once(gate, 'connection') as Promise<[Socket]>

  const answer = app.inject(`/native?port=${(gate.address() as AddressInfo).port}`).then()
  const [socket] = await waits
  await limit.runOut()
  const native = await answer
  t.equal(native.statusCode, 503)
  t.match(native.json(), { code: 'FST_BLOCKING_TIMEOUT' })

  await until('the thread is told to exit', () => app.blocking.stats().threads.exiting === 1)
  t.equal(threads.now, 2, 'it runs nevertheless')
  const others = await Promise.all(Array.from({ length: 20 }, () => app.inject('/tell')))
  t.same(new Set(others.map(({ statusCode }) => statusCode)), new Set([200]), 'the other thread serves everybody else')
  t.equal(app.blocking.stats().threads.exiting, 1, 'and all the while it has not exited')
  t.equal(threads.started, 2, 'so none has taken its place')

  socket.end()
  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
  t.equal(threads.most, 2, 'never more than maxThreads')
  t.equal(threads.now, 2)
  t.equal(app.blocking.stats().killed, 1)
})

/** How many requests are over their limit. */
const overruns = 50

const cases: [url: string, what: string, most: number, hasAddon: boolean][] = [
  ['/loop', 'many requests over their limit in JavaScript: never more threads than maxThreads', maxThreads, false],
  ['/hash', 'many requests over their limit in an addon: never more threads than maxThreads and maxRetired', maxThreads + maxRetired, true]
]

for (const [url, what, most, hasAddon] of cases) {
  t.test(what, async (t) => {
    const threads = new ThreadCount()
    const file = join(t.testdir(), 'begun')
    const app = await buildOverruns({ file, hasAddon })
    t.teardown(() => app.close())
    await app.ready()
    const answers = await Promise.all(Array.from({ length: overruns }, async () => (await app.inject(url)).statusCode))
    t.same(answers, Array(overruns).fill(503))
    await until('all threads are there again', () => {
      const { live, busy, starting, retired, exiting } = app.blocking.stats().threads
      return live === maxThreads && busy + starting + retired + exiting === 0
    })
    t.ok(threads.most <= most, `at most ${threads.most}`)
    t.equal(threads.now, maxThreads)
    // On a busy machine the limit, and the grace period too, may be over before a handler has begun.
    const begun = readFileSync(file, 'utf8').length
    const { killed } = app.blocking.stats()
    t.ok(begun > 0)
    t.ok(hasAddon ? killed === 0 : killed >= begun && killed <= overruns, `${killed} terminated, ${begun} begun`)
    t.equal((await app.inject('/quick')).body, 'quick')
    t.ok(await shareOfProcessor() < 0.5, 'the process idles')
  })
}

/** Of one, over the time in which a timer runs. */
async function shareOfProcessor (): Promise<number> {
  const [before, since] = [process.cpuUsage(), performance.now()]
  await delay(500)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / (performance.now() - since)
}
