import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('close waits for a thread that was told to exit and is still in native code', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/native': { does: 'waitInNativeCode', blocking: { timeout: held } } }
  })
  await app.ready()
  const gate = createServer().listen(0, '127.0.0.1')
  t.teardown(() => gate.close())
  await once(gate, 'listening')
  const native = app.inject(`/native?port=${(gate.address() as AddressInfo).port}`).then()
  const [socket] = await once(gate, 'connection') as [Socket]
  await limit.runOut()
  t.equal((await native).statusCode, 503)
  await until('it is told to exit', () => app.blocking.stats().threads.exiting === 1)
  let isClosed = false
  const closed = app.close().then(() => { isClosed = true })
  await until('it closes', () => !app.blocking.stats().threads.live)
  t.notOk(isClosed)
  socket.end()
  await closed
  t.equal(threads.now, 0)
  t.equal(threads.started, 1, 'none was started in order to be closed')
})
