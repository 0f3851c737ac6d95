import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { send } from '../support/hang-up.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

for (const does of ['readSignal', 'hearSignal']) {
  t.test(`a running handler is told that its client has gone, and not killed: ${does}`, async (t) => {
    const threads = new ThreadCount()
    const gate = join(t.testdir(), 'gate')
    const app = await build({
      plugin: { grace: 0, pool: { minThreads: 1, maxThreads: 1 } },
      routes: { '/mind': { does }, '/tell': { does: 'tell' } }
    })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const before = (await app.inject('/tell')).json()

    const socket = await send((app.server.address() as AddressInfo).port, `/mind?gate=${gate}`)
    await untilExists(`${gate}.started`)
    socket.destroy()
    await untilExists(gate)
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal(readFileSync(gate, 'utf8'), 'FST_BLOCKING_CLIENT_GONE')
    t.same((await app.inject('/tell')).json(), before, 'the same thread')
    t.equal(threads.started, 1)
    t.match(app.blocking.stats(), { killed: 0, failed: 1, completed: 2 })
  })
}
