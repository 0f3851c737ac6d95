import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

t.test('the time limit holds for a request whose client has gone: it does not keep its thread for ever', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/loop': { does: 'loop', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  const socket = await send((app.server.address() as AddressInfo).port, `/loop?gate=${gate}`)
  await untilExists(`${gate}.started`)
  socket.destroy()
  await until('the loop has noticed', () => app.blocking.stats().failed === 1)
  t.equal(app.blocking.stats().killed, 0, 'hanging up does not kill')
  await limit.runOut()
  t.equal((await app.inject('/tell')).statusCode, 200)
  t.match(app.blocking.stats(), { killed: 1, failed: 1, completed: 1 })
  t.equal(threads.started, 2)
  t.equal(threads.most, 1)
})
