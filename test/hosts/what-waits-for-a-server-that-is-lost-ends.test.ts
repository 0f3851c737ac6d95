import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

// None of these has a time limit, so that nothing else ends it.
const waits = [
  { title: 'a stream that waits until its client reads', path: '/unlimited', method: 'GET' },
  { title: 'background work that waits until the response is over', path: '/afterwards', method: 'GET' },
  { title: 'a handler that waits for the rest of a body', path: '/upload', method: 'POST' }
]

for (const { title, path, method } of waits) {
  t.test(`${title} ends on the host when the host has lost its server`, { skip: lacksBroker }, async (t) => {
    const broker = await startBroker(t)
    const app = await startServer(t, { servers: broker.url })
    startHost(t, module, broker.url)
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const countBusy = () => app.blocking.stats().threads.busy
    await app.inject({ url: '/where' })
    await until('the host is idle', () => countBusy() === 0)
    const client = request(new URL(path, origin), {
      method, headers: { 'content-type': 'application/octet-stream', ...(method === 'POST' && { 'content-length': 1_000_000 }) }
    })
    client.on('error', () => {}) // The server breaks it off.
    if (method === 'POST') client.write('the begin')
    else {
      client.end()
      const [response] = await once(client, 'response')
      response.on('error', () => {})
    }
    await until('a thread is busy', () => countBusy() === 1)
    await broker.stop()
    await until('the host is gone', () => app.blocking.stats().hosts!.length === 0)
    await broker.start()
    await until('the host is there again', () => app.blocking.stats().hosts!.length === 1)
    await until('its thread is free', () => countBusy() === 0 && app.blocking.stats().hosts![0]!.free === 1)
    t.equal((await app.inject({ url: '/where' })).statusCode, 200)
    client.destroy()
  })
}
