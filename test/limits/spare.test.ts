import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

t.test('where there is room, a successor boots while a request that is over time has its grace period', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 100_000, pool: { minThreads: 1, maxThreads: 2 } },
    routes: { '/still': { does: 'standStill', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const { threadId } = (await app.inject('/tell')).json()
  t.equal(threads.started, 1)

  const still = app.inject(`/still?gate=${gate}`).then()
  await untilExists(`${gate}.started`)
  await limit.runOut()
  t.equal((await still).statusCode, 503)
  t.equal(app.blocking.stats().threads.starting, 1, 'without a request that would need it')
  await until('it has booted', () => app.blocking.stats().threads.live === 2)
  t.match(app.blocking.stats(), { killed: 0, threads: { busy: 1 } })
  t.not((await app.inject('/tell')).json().threadId, threadId)

  writeFileSync(gate, '')
  await until('the first one is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(threads.most, 2)
  t.equal(threads.started, 2)
  t.equal(app.blocking.stats().killed, 0)
})
