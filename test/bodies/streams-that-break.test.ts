import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { beginPost, readAnswers } from '../support/upload.js'
import { until } from '../support/until.js'
import { build, createCounts, ended } from './fixtures/bodies.js'

const post = (url: string, type: string, payload: string | Buffer = 'x') => ({ method: 'POST' as const, url, headers: { 'content-type': type }, payload })

t.test('an error on the loop is the handler\'s', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.same((await app.inject(post('/tell', 'application/x-breaking'))).json(), { code: 'E_BROKE', message: 'the stream broke', isRange: true })
  t.match((await app.inject(post('/tell', 'application/x-gunzip', 'no gzip'))).json(), { code: 'Z_DATA_ERROR' })
})

t.test('of what is neither text nor bytes it is told what it was', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  t.match((await app.inject(post('/tell', 'application/x-objects'))).json(), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^a chunk of the body is an object/ })
})

t.test('a handler that destroys its request breaks the connection, as on the loop', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await beginPost((app.server.address() as AddressInfo).port, '/destroyed', { 'content-type': 'application/x-stream', 'content-length': 1_000_000 })
  const closed = once(socket, 'close')
  socket.write(Buffer.alloc(500_000))
  await closed
  await until('the handler has heard of it', () => Atomics.load(counts, ended) === 1)
})

t.test('one that destroys a stream that a parser has made still answers', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await beginPost((app.server.address() as AddressInfo).port, '/passed-destroyed', { 'content-type': 'application/x-passed', 'content-length': 1_000_000 })
  socket.write(Buffer.alloc(1_000_000))
  const [answer] = await readAnswers(socket, 1)
  t.match(JSON.parse(answer!.body), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  socket.destroy()
})

t.test('what is read after the answer is an error', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  t.same((await app.inject(post('/later', 'application/x-stream'))).json(), { later: true })
  await until('it has been told', () => Atomics.load(counts, ended) === 1)
})
