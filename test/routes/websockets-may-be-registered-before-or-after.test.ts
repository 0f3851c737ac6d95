import { once } from 'node:events'
import websocket from '@fastify/websocket'
import Fastify, { type RouteOptions } from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import t from 'tap'
import { WebSocket } from 'undici'
import { pool } from '../support/boot.js'
import { get } from '../support/get.js'
import { fixturesOf } from '../support/fixtures.js'
import { build } from './fixtures/beside-websockets.js'

const bootFixture = fixturesOf(new URL('../boot/', import.meta.url).href)

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

    t.test('dependencies of a route that answers upgrades fail the boot, as nobody would call them', async (t) => {
      const app = Fastify()
      t.teardown(() => app.close())
      const register = { websocket: () => app.register(websocket), blocking: () => app.register(blocking, { app: bootFixture('registers-only.js'), pool }) }
      for (const name of order) await register[name]()
      const route = { method: 'GET', url: '/both', handler: async () => 'plain', wsHandler: () => {} }
      t.throws(() => app.route({ ...route, dependencies: { key: dependency(async () => {}) } } as RouteOptions), { code: 'FST_BLOCKING_UPGRADE_ROUTE' })
      await app.register(async (inner) => {
        inner.addDependencies({ key: dependency(async () => {}) })
        t.throws(() => inner.route(route as RouteOptions), { code: 'FST_BLOCKING_UPGRADE_ROUTE' })
      }, { prefix: '/inner' })
    })
  })
}
