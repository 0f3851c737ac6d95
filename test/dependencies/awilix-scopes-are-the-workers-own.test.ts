import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build } from './fixtures/with-awilix.js'

t.test('@fastify/awilix resolves in the worker, from a scope that is disposed of once per request', async (t) => {
  const counts = new Int32Array(new SharedArrayBuffer(3 * 4))
  const [made, disposed, used] = [0, 1, 2].map((index) => () => Atomics.load(counts, index)) as [() => number, () => number, () => number]
  const app = await build({ counts })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })

  for (const id of [1, 2, 3]) {
    t.same((await app.inject('/session')).json(), { side: 'worker', id, isSame: true, container: 'worker' })
  }
  await until('each is disposed of', () => disposed() === 3)

  t.equal((await app.inject('/throws')).statusCode, 500)
  await until('that of a handler that throws is disposed of', () => disposed() === 4)

  const address = app.server.address()
  const socket = await send(typeof address === 'object' ? address!.port : 0, '/waits')
  await until('the handler has its session', () => used() === 1)
  socket.destroy()
  await until('that of a client that has hung up is disposed of', () => disposed() === 5)

  t.equal((await app.inject('/loop')).body, 'loop', 'a route on the loop has a scope there')
  t.same((await app.inject('/session')).json(), { side: 'worker', id: 6, isSame: true, container: 'worker' })
  await until('the last one is disposed of', () => disposed() === 6)
  t.equal(made(), 6, 'none was made for nothing')
})
