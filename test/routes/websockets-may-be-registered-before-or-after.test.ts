import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'undici'
import { get } from '../support/get.js'
import { build } from './fixtures/beside-websockets.js'

for (const order of [['websocket', 'blocking'], ['blocking', 'websocket']] as const) {
  t.test(order.join(' before '), async (t) => {
    const app = await build({ order })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0 })

    t.test('an upgrade is answered on the loop, a plain request of the same route in a worker', async (t) => {
      for (const path of ['/both', '/socket']) {
        const socket = new WebSocket(origin.replace('http', 'ws') + path)
        const [{ data }] = await once(socket, 'message') as [{ data: string }]
        socket.close()
        t.equal(data, 'socket on 0', path)
      }
      t.not((await app.inject('/both')).json<{ threadId: number }>().threadId, 0)
      t.equal((await app.inject('/socket')).statusCode, 404)
    })

    t.test('an upgrade of a route that has no socket is refused as it would be without this plugin', async (t) => {
      const socket = new WebSocket(origin.replace('http', 'ws') + '/plain')
      socket.addEventListener('error', () => {})
      await once(socket, 'close')
      t.equal(app.blocking.stats().routes['GET /plain'], undefined, 'no visit')
      t.match(await get(`${origin}/plain`), { status: 200, body: { threadId: /[1-9]/ } })
    })

    t.test('dispatch: \'signature\' goes by the handlers as they were written', async (t) => {
      const app = await build({ order, dispatch: 'signature' })
      t.teardown(() => app.close())
      const threadOf = async (path: string) => (await app.inject(path)).json<{ threadId: number }>().threadId
      t.equal(await threadOf('/async'), 0)
      t.equal(await threadOf('/bound'), 0)
      t.not(await threadOf('/sync'), 0)
    })
  })
}
