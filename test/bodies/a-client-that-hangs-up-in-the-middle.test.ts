import type { AddressInfo } from 'node:net'
import t from 'tap'
import { beginPost } from '../support/upload.js'
import { until } from '../support/until.js'
import { build, bytes, createCounts, failed } from './fixtures/bodies.js'

for (const [path, type] of [
  ['/tell', 'application/x-stream'], ['/read', 'application/x-stream'], ['/tell', 'application/x-passed'], ['/parsed/read', 'application/x-stream']
] as const) {
  t.test(`whoever reads its body is told: ${path}, ${type}`, async (t) => {
    const counts = createCounts()
    const app = await build({ counts, plugin: { timeout: 0 } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { threadId } = (await app.inject('/thread')).json() as { threadId: number }
    const socket = await beginPost((app.server.address() as AddressInfo).port, path, { 'content-type': type, 'content-length': 1_000_000 })
    socket.write(Buffer.alloc(100_000))
    await until('it is read', () => Atomics.load(counts, bytes) === 100_000)
    socket.destroy()
    await until('it has failed', () => Atomics.load(counts, failed) === 1)
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.same((await app.inject('/thread')).json(), { threadId }, 'the thread is the same')
    t.match(app.blocking.stats(), { killed: 0, routes: { [`POST ${path}`]: { failed: 1, completed: 0 } } })
  })
}

for (const path of ['/parsed', '/saved']) {
  t.test(`who parses it is told: ${path}`, async (t) => {
    const app = await build({ plugin: { timeout: 0 } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const type = path === '/saved' ? 'multipart/form-data; boundary=b' : 'application/json'
    const socket = await beginPost((app.server.address() as AddressInfo).port, path, { 'content-type': type, 'content-length': 1_000_000 })
    socket.write('--b\r\ncontent-disposition: form-data; name="a"; filename="a.txt"\r\n\r\n')
    await until('it is there', () => app.blocking.stats().threads.busy === 1)
    socket.destroy()
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.match(app.blocking.stats(), { killed: 0, routes: { [`POST ${path}`]: { failed: 1, completed: 0 } } })
  })
}
