import type { AddressInfo } from 'node:net'
import t from 'tap'
import { beginPost, readAnswers } from '../support/upload.js'
import { build } from './fixtures/bodies.js'

t.test('what was given to inject() is still there', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const payload = Buffer.alloc(100_000, 'x')
  for (const [url, type] of [['/read', 'application/x-stream'], ['/parsed/read', 'application/x-stream'], ['/read', 'application/x-passed']] as const) {
    t.match((await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })).json(), { length: 100_000 })
    t.equal(payload.length, 100_000)
  }
})

t.test('a hook that listens to the socket keeps what it was given, and misses nothing', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const chunks: Buffer[] = []
  app.addHook('preParsing', async (_request, _reply, payload) => {
    payload.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const body = JSON.stringify('x'.repeat(1_000_000))
  const socket = await beginPost((app.server.address() as AddressInfo).port, '/parsed', { 'content-type': 'application/json', 'content-length': body.length })
  socket.write(body)
  t.match((await readAnswers(socket, 1)).map((answer) => JSON.parse(answer.body) as unknown), [{ length: body.length }])
  t.equal(Buffer.concat(chunks).toString(), body)
  socket.destroy()
})
