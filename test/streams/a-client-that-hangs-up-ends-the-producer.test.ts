import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, chunks, closed, createCounts, ended, opened } from './fixtures/producers.js'

for (const kind of ['generator', 'asyncGenerator', 'readable', 'webStream', 'response']) {
  t.test(`its finally runs, then that of its dependencies, and the thread goes on: ${kind}`, async (t) => {
    const counts = createCounts()
    const app = await build({ counts })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const before = (await app.inject('/thread')).json()

    const socket = await send((app.server.address() as AddressInfo).port, `/dependent/${kind}`)
    await once(socket, 'data')
    t.equal(app.blocking.stats().threads.busy, 1)
    socket.destroy()
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal(Atomics.load(counts, ended), 1)
    t.equal(Atomics.load(counts, closed), 1, 'after the stream')
    t.equal(Atomics.load(counts, opened), 2, 'with the error that the client has gone')
    const produced = Atomics.load(counts, chunks)
    t.same((await app.inject('/thread')).json(), before)
    t.equal(Atomics.load(counts, chunks), produced)
    t.match(app.blocking.stats(), { failed: 1, completed: 2, killed: 0 })
  })
}
