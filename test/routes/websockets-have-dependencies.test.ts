import { once } from 'node:events'
import type { RouteOptions } from 'fastify'
import { dependency } from 'fastify-blocking'
import t from 'tap'
import { WebSocket } from 'undici'
import { bootError } from '../support/boot.js'
import { get } from '../support/get.js'
import { until } from '../support/until.js'
import { build, told } from './fixtures/guarded-sockets.js'

for (const order of [['websocket', 'blocking'], ['blocking', 'websocket']] as const) {
  t.test(order.join(' before '), async (t) => {
    const app = await build({ order })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0 })
    const connect = async (path: string): Promise<{ socket: WebSocket, closed: Promise<unknown>, values: unknown }> => {
      told.length = 0
      const socket = new WebSocket(origin.replace('http', 'ws') + path)
      socket.addEventListener('error', () => {})
      const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
      const [event] = await Promise.race([once(socket, 'message'), closed.then(() => [{}])]) as [{ data?: string }]
      return { socket, closed, values: event.data === undefined ? undefined : JSON.parse(event.data) }
    }

    for (const path of ['/socket', '/both']) {
      t.test(`the handler has their values, and generators end when the socket has closed: ${path}`, async (t) => {
        const { socket, values } = await connect(`${path}?key=ada`)
        t.same(values, { key: 'ada', session: 'session of ada', closed: 'open', late: 'late' })
        t.same(told, [])
        socket.close()
        await until('all is done', () => told.length === 4)
        t.same(told.slice(0, 2), ['closed with session of ada', 'committed'])
        t.same(told.slice(2).toSorted(), ['late', 'task'])
      })
    }

    t.test('they wait for an asynchronous handler', async (t) => {
      const { socket } = await connect('/async?key=ada')
      socket.close()
      await until('all is done', () => told.includes('late'))
      t.same(told.slice(0, 3), ['closed with session of ada', 'handled', 'committed'])
    })

    t.test('an error of the handler is thrown into them, and nothing is done in the background', async (t) => {
      for (const [path, what] of [['/socket?key=throws', 'thrown'], ['/async?key=rejects', 'rejected']] as const) {
        const { socket, closed } = await connect(path)
        socket.close()
        await closed
        await until('it has ended', () => told.some((line) => line?.startsWith('rolled back')))
        t.match(told.filter((line) => line?.startsWith('rolled back')), [`rolled back: ${what}`])
      }
      t.notOk(told.includes('task'))
    })

    t.test('a connection that is lost without a close frame is an error to them', async (t) => {
      await connect('/socket?key=terminated')
      await until('it has ended', () => told.some((line) => line?.startsWith('rolled back')))
      t.match(told.filter((line) => line?.startsWith('rolled back')), ['rolled back: GET /socket: the client has hung up'])
    })

    t.test('a guard refuses the upgrade with its status', async (t) => {
      const headers = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
      const ask = async (path: string) => await new Promise<number>((resolve, reject) => {
        import('node:http').then(({ get }) => get(origin + path, { headers, agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode!)
        }).on('error', reject).on('upgrade', () => resolve(101)), reject)
      })
      t.equal(await ask('/socket?key=wrong'), 403)
      t.equal(await ask('/both?key=wrong'), 403)
      told.length = 0
      t.equal(await ask('/socket?key=closed'), 401)
      await until('what had begun has ended', () => told.includes('committed'))
    })

    t.test('plain requests have them as well, and there are none where only a socket is', async (t) => {
      t.match(await get(`${origin}/both?key=ada`), { status: 200, body: { isWorker: true, key: 'ada', session: 'session of ada' } })
      t.match(await get(`${origin}/plain?key=ada`), { status: 200, body: { key: 'ada' } })
      t.match(await get(`${origin}/plain?key=wrong`), { status: 403 })
      told.length = 0
      t.equal((await fetch(`${origin}/socket?key=wrong`)).status, 404)
      t.same(told, [])
    })

    t.test('a blocking one fails the boot, by its name', async (t) => {
      for (const options of [{ blockingKey: true }, { blockingKey: 'unmarked' as const, dispatch: 'all' as const }]) {
        t.match(await bootError(await build({ order, ...options })), { code: 'FST_BLOCKING_UPGRADE_ROUTE', message: /^route GET \/(socket|both) is a websocket, and its dependency key, of its own or of its context, runs in a worker/ })
      }
    })

    t.test('and so does a blocking handler', async (t) => {
      const app = await build({ order })
      t.teardown(() => app.close())
      t.throws(() => app.route({ method: 'GET', url: '/blocking', websocket: true, blocking: true, handler: () => {} } as RouteOptions), {
        code: 'FST_BLOCKING_UPGRADE_ROUTE', message: 'route GET /blocking is a websocket, and the handler is `blocking`'
      })
      t.doesNotThrow(() => app.get('/key', { dependencies: { key: dependency(() => 1) } }, async () => 'x'))
    })
  })
}
