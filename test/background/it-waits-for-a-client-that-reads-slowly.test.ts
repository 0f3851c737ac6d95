import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, lines, sides } from './fixtures/chores.js'

for (const side of sides) {
  t.test(`side: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = await send((app.server.address() as AddressInfo).port, `/${side}/large`)
    await once(socket, 'readable')
    const other = app.inject(`/${side}/one`)
    // There is one thread, and it is not free yet.
    if (side === 'worker') await until('the next request waits', () => app.blocking.stats().queue === 1)
    else await other
    socket.on('data', () => {})
    await other
    const ids = (): unknown[] => lines.filter(({ did }) => did === 'only').map(({ reqId }) => reqId)
    await until('both are done', () => ids().length === 2)
    t.same(ids(), side === 'worker' ? ['req-1', 'req-2'] : ['req-2', 'req-1'])
    socket.destroy()
  })
}
