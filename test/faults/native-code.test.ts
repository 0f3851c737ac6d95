import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

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
