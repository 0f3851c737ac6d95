import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

const pool = { minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 3 }

t.test('when a shared thread is killed, what it had begun is lost, what it had not begun goes to the next one', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 50, pool },
    routes: { '/wait': { does: 'wait' }, '/loop': { does: 'loop', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const begun = app.inject(`/wait?gate=${gate}`)
  await untilExists(`${gate}.started`)

  const requests = [`/loop?gate=${gate}-loop`, '/tell', '/tell'].map((url) => app.inject(url).then())
  await untilExists(`${gate}-loop.started`)
  await limit.runOut()
  const [looped, ...others] = await Promise.all(requests)
  t.equal(looped?.statusCode, 503)
  t.same(others.map(({ statusCode }) => statusCode), [200, 200])
  const lost = await begun
  t.equal(lost.statusCode, 500)
  t.match(lost.json(), { code: 'FST_BLOCKING_THREAD_LOST' })
  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
  t.equal(threads.most, 1)
  t.match(app.blocking.stats(), { killed: 1, completed: 2, failed: 2, queue: 0, threads: { busy: 0 } })
})

t.test('several visits of one thread run at once, up to concurrentTasksPerWorker', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({ plugin: { pool }, routes: { '/wait': { does: 'wait' }, '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  await app.ready()
  const gates = [0, 1, 2].map((index) => `${gate}${index}`)
  const running = gates.map((one) => app.inject(`/wait?gate=${one}`))
  for (const one of gates) await untilExists(`${one}.started`)
  const waiting = app.inject('/tell')
  await until('one waits', () => app.blocking.stats().queue === 1)
  t.match(app.blocking.stats().threads, { live: 1, busy: 1 })
  for (const one of gates) writeFileSync(one, '')
  for (const response of await Promise.all([...running, waiting])) t.equal(response.statusCode, 200)
})
