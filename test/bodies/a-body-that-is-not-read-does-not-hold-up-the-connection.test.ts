import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { beginPost, readAnswers } from '../support/upload.js'
import { build } from './fixtures/bodies.js'

const stream = 'application/x-stream'

t.test('of an app that takes long bodies', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  for (const [path, type, status] of [
    ['/none', stream, 200], ['/none', 'application/x-passed', 200],
    ['/some', stream, 200], ['/some', 'application/x-passed', 200],
    ['/later', stream, 200],
    ['/parsed/read', stream, 200],
    ['/parsed/read', 'application/x-unknown', 415],
    ['/refused', 'application/json', 401],
    ['/dying', stream, 500],
    ['/tell', 'application/x-breaking', 200],
    ['/tell', 'application/x-objects', 200]
  ] as const) {
    await t.test(`${type} to ${path}: the next request on its connection is answered`, async (t) => {
      const socket = await beginPost(port, path, { 'content-type': type, 'content-length': 5_000_000 })
      socket.write(Buffer.alloc(5_000_000))
      socket.write('GET /thread HTTP/1.1\r\nhost: localhost\r\n\r\n')
      const answers = await readAnswers(socket, 2)
      t.same(answers.map((answer) => answer.status), [status, 200])
      socket.destroy()
    })
  }

  for (const [path, type] of [['/read', stream], ['/none', stream], ['/some', 'application/x-passed'], ['/parsed', 'application/json']] as const) {
    await t.test(`nothing is left on the connection: listeners of the tenth request are those of the second: ${type} to ${path}`, async (t) => {
      const connected = once(app.server, 'connection')
      const body = JSON.stringify('x'.repeat(200_000))
      const headers = { 'content-type': type, 'content-length': body.length }
      const socket = await beginPost(port, path, headers)
      const [peer] = await connected as [Socket]
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\n${Object.entries(headers).map((pair) => `${pair.join(': ')}\r\n`).join('')}\r\n`
      const counts: object[] = []
      for (let round = 0; round < 10; round++) {
        socket.write(round === 0 ? body : head + body)
        t.match(await readAnswers(socket, 1), [{ status: 200 }])
        counts.push(Object.fromEntries(peer.eventNames().map((name) => [String(name), peer.listenerCount(name)])))
      }
      t.same(counts[9], counts[1])
      socket.destroy()
    })
  }
})

t.test('a body that is too large is refused, and the connection closed', async (t) => {
  const app = await build({ server: { bodyLimit: 1_000 } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  for (const headers of [{ 'content-length': 5_000 }, { 'transfer-encoding': 'chunked' }] as Record<string, string | number>[]) {
    const socket = await beginPost((app.server.address() as AddressInfo).port, '/parsed', { 'content-type': 'application/json', ...headers })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write('content-length' in headers ? Buffer.alloc(5_000) : `${(5_000).toString(16)}\r\n${'x'.repeat(5_000)}\r\n`)
    const [answer] = await readAnswers(socket, 1)
    t.match(JSON.parse(answer!.body), { statusCode: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE' })
    await closed
  }
})
