import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'
import { build, maxRetired, maxThreads } from './fixtures/overruns.js'

/** How many requests are over their limit. */
const overruns = 50

const cases: [url: string, what: string, most: number, hasAddon: boolean][] = [
  ['/loop', 'in JavaScript: never more threads than maxThreads', maxThreads, false],
  ['/hash', 'in an addon: never more threads than maxThreads and maxRetired', maxThreads + maxRetired, true]
]

for (const [url, what, most, hasAddon] of cases) {
  t.test(what, async (t) => {
    const threads = new ThreadCount()
    const file = join(t.testdir(), 'begun')
    const app = await build({ file, hasAddon })
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
