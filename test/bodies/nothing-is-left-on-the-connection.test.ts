import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { beginPost, readAnswers } from '../support/upload.js'
import { build } from './fixtures/bodies.js'

for (const [path, type] of [['/read', 'application/x-stream'], ['/none', 'application/x-stream'], ['/some', 'application/x-passed'], ['/parsed', 'application/json']] as const) {
  t.test(`listeners of the tenth request are those of the second: ${type} to ${path}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const connected = once(app.server, 'connection')
    const body = JSON.stringify('x'.repeat(200_000))
    const headers = { 'content-type': type, 'content-length': body.length }
    const socket = await beginPost((app.server.address() as AddressInfo).port, path, headers)
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
