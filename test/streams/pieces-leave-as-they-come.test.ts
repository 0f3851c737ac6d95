import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { build, chunks, closed, createCounts } from './fixtures/producers.js'

for (const kind of ['one', 'oneSync']) {
  t.test(`the first is there while the producer waits, or computes, and the request has its slot until the last: ${kind}`, async (t) => {
    const counts = createCounts()
    const app = await build({ counts })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })

    const socket = await send((app.server.address() as AddressInfo).port, `/${kind}`)
    let text = ''
    socket.on('data', (data: Buffer) => { text += data })
    while (!text.includes('first')) await once(socket, 'data')
    t.notMatch(text, 'last')
    t.equal(app.blocking.stats().threads.busy, 1)
    Atomics.store(counts, closed, 1)
    Atomics.notify(counts, closed)
    while (!text.endsWith('0\r\n\r\n')) await once(socket, 'data')
    t.match(text, /first[^]*last/)
    t.equal(app.blocking.stats().threads.busy, 0)
    t.equal(Atomics.load(counts, chunks), 1)
    socket.destroy()
  })
}
