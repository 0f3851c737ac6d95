import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

t.test('a handler that loops for ever is answered 503, and its thread terminated and replaced', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gates = ['one', 'other'].map((name) => join(t.testdir(), name))
  const app = await build({
    plugin: { grace: 50, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/loop': { does: 'loop', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })

  // Both threads are taken; who comes after them waits for their successors.
  const loops = gates.map((gate) => fetch(`${origin}/loop?gate=${gate}`))
  for (const gate of gates) await untilExists(`${gate}.started`)
  const waiting = Array.from({ length: 10 }, () => fetch(`${origin}/tell`))
  await until('ten wait', () => app.blocking.stats().queue === 10)
  await limit.runOut()
  const others = await Promise.all(waiting)
  t.same(others.map(({ status }) => status), Array(10).fill(200))
  for (const loop of await Promise.all(loops)) {
    t.equal(loop.status, 503)
    t.match(await loop.json(), { code: 'FST_BLOCKING_TIMEOUT', message: `GET /loop: the worker did not answer within ${held} ms; see option timeout` })
  }

  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
  t.equal(threads.now, 2)
  t.equal(threads.most, 2, 'never more than maxThreads')
  t.equal(threads.started, 4)
  const { killed, failed, completed, queue, routes } = app.blocking.stats()
  t.same({ killed, failed, completed, queue }, { killed: 2, failed: 2, completed: 10, queue: 0 })
  t.match(routes, { 'GET /loop': { completed: 0, failed: 2, run: { count: 2 } }, 'GET /tell': { completed: 10, failed: 0, run: { count: 10 } } })
})
