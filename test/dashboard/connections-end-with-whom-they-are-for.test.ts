import { once } from 'node:events'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import Fastify from 'fastify'
import dashboard from 'fastify-blocking/dashboard'
import t from 'tap'
import { until } from '../support/until.js'
import { buildShown } from './fixtures/typed.js'
import { Viewer } from './viewer.js'

t.test('a server that closes does not wait for a viewer whose guard still runs', async (t) => {
  const app = Fastify()
  const guard = new PassThrough()
  const entered = once(guard, 'entered')
  await app.register(dashboard, {
    prefix: '/blocking',
    onRequest: async () => {
      const passed = once(guard, 'pass')
      guard.emit('entered')
      await passed
    }
  })
  const address = await app.listen({ port: 0 })
  const viewer = fetch(`${address}/blocking/events`)
  await entered
  const closed = app.close()
  // Hooks of preClose have run once it listens no more.
  await until('the server closes', () => !app.server.listening)
  guard.emit('pass')
  t.equal(await (await viewer).text(), '')
  await closed
})

t.test('a server that closes does not wait for a viewer that does not read', async (t) => {
  const app = await buildShown()
  const { port } = new URL(await app.listen({ port: 0 }))
  const socket = connect(Number(port), 'localhost').pause()
  await once(socket, 'connect')
  socket.write('GET /blocking/events HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const reader = await Viewer.open(`http://localhost:${port}`)
  await reader.until(() => true)
  await app.close()
  await reader.ended
  socket.destroy()
})

t.test('a stream that a hook keeps from its viewer is not kept', async (t) => {
  for (const answer of ['throws', 'replaces']) {
    const app = Fastify()
    t.teardown(() => app.close())
    const streams: NodeJS.ReadableStream[] = []
    app.addHook('onSend', async (_request, _reply, payload) => {
      if (!(typeof payload === 'object' && payload !== null && 'pipe' in payload)) return payload
      streams.push(payload as NodeJS.ReadableStream)
      if (answer === 'throws') throw new Error('no')
      return 'other'
    })
    await app.register(dashboard, { prefix: '/blocking' })
    const address = await app.listen({ port: 0 })
    await (await fetch(`${address}/blocking/events`)).text()
    t.equal(streams.length, 1)
    await until('the stream is gone', () => (streams[0] as unknown as { destroyed: boolean }).destroyed)
  }
})

t.test('handlerTimeout of the server does not cut the events', async (t) => {
  const app = Fastify({ handlerTimeout: 500 })
  t.teardown(() => app.close())
  await app.register(dashboard, { prefix: '/blocking' })
  const viewer = await Viewer.open(await app.listen({ port: 0 }))
  await viewer.until(() => viewer.ticks.length === 2)
})
