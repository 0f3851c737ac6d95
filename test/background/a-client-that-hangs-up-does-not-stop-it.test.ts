import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, done, sides } from './fixtures/chores.js'

for (const side of sides) {
  t.test(`side: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const closed = new Promise((resolve) => app.server.once('connection', (socket) => socket.once('close', resolve)))
    const socket = await send((app.server.address() as AddressInfo).port, `/${side}/large`)
    socket.once('readable', () => socket.destroy())
    await closed
    await until('it is done', () => done().includes('only'))
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  })
}
