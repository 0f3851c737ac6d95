import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

// The grace period is far beyond the test's end: a handler that took no notice would fail the test.
const plugin = { grace: 100_000, pool: { minThreads: 1, maxThreads: 1 } }

for (const does of ['readSignal', 'hearSignal']) {
  t.test(`over its time limit, a handler that minds request.signal keeps its thread: ${does}`, async (t) => {
    const limit = new HeldTimers(t)
    const threads = new ThreadCount()
    const gate = join(t.testdir(), 'gate')
    const app = await build({ plugin, routes: { '/mind': { does, blocking: { timeout: held } }, '/tell': { does: 'tell' } } })
    t.teardown(() => app.close())
    const before = (await app.inject('/tell')).json()

    const answer = app.inject(`/mind?gate=${gate}`).then()
    await untilExists(`${gate}.started`)
    await limit.runOut()
    const response = await answer
    t.equal(response.statusCode, 503)
    t.match(response.json(), { code: 'FST_BLOCKING_TIMEOUT' })
    await untilExists(gate)
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal(readFileSync(gate, 'utf8'), 'FST_BLOCKING_TIMEOUT', 'the reason of the signal has the code')

    t.same((await app.inject('/tell')).json(), before, 'the same thread')
    t.equal(threads.started, 1)
    t.match(app.blocking.stats(), { killed: 0, completed: 2, failed: 1, threads: { live: 1, exiting: 0, starting: 0 } })
  })
}
