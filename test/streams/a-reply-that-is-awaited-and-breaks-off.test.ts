import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build } from './fixtures/lengths.js'

t.test('it is not sent again', async (t) => {
  const lines: string[] = []
  const app = await build({ lines: { write: (line: string) => { lines.push(line) } } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  const socket = await send((app.server.address() as AddressInfo).port, '/breaks-off')
  await once(socket, 'data')
  socket.destroy()
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  await app.close()
  t.same(lines, [])
})
