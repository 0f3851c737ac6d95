import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t from 'tap'
import { startServer } from './server.js'

const info = JSON.stringify({ server_id: 'none', version: '2.10.0', proto: 1, headers: true, max_payload: 1_048_576 })

// The client of NATS would wait for 20 s: the one limit on a time in these tests, and far from either.
t.test('a broker that goes in the midst of a handshake is tried again soon', { timeout: 15_000 }, async (t) => {
  const broker = createServer().listen(0, '127.0.0.1')
  t.teardown(() => broker.close())
  await once(broker, 'listening')
  const { port } = broker.address() as AddressInfo
  const first = once(broker, 'connection')
  const app = await startServer(t, { servers: `nats://127.0.0.1:${port}` })
  const [socket] = await first as [Socket]
  socket.write(`INFO ${info}\r\n`)
  // Its CONNECT.
  await once(socket, 'data')
  const second = once(broker, 'connection')
  socket.destroy()
  const [again] = await second as [Socket]
  again.destroy()
  t.equal(app.blocking.stats().hosts!.length, 0)
})
