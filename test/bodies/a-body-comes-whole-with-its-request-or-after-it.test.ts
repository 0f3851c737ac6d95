import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import t from 'tap'
import { beginPost, readAnswers } from '../support/upload.js'
import { until } from '../support/until.js'
import { build } from './fixtures/bodies.js'

const app = await build()
t.teardown(() => app.close())
const taken: boolean[] = []
// Of one that went with its request the loop has read all, whatever the handler did.
app.addHook('onSend', async ({ raw }) => { taken.push(raw.readableDidRead) })
await app.listen({ port: 0, host: '127.0.0.1' })

async function open (): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: (app.server.address() as AddressInfo).port, noDelay: true })
  await once(socket, 'connect')
  return socket
}

function post (path: string, type: string, length: number): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`
}

const json = (length: number): string => JSON.stringify('x'.repeat(length - 2))

t.test('a short body goes with its request if it came in one piece with the head', async (t) => {
  const socket = await open()
  for (const [path, type, body, answer] of [
    ['/parsed', 'application/json', json(1_000), { length: 1_000 }],
    ['/parsed', 'application/json', json(2), { length: 2 }],
    ['/read', 'application/x-stream', 'x', { length: 1 }],
    ['/none', 'application/x-stream', 'x'.repeat(10_000), { none: true }]
  ] as const) {
    taken.length = 0
    socket.write(post(path, type, body.length) + body)
    const [answered] = await readAnswers(socket, 1)
    t.equal(answered!.status, 200)
    t.match(JSON.parse(answered!.body), answer, path)
    t.same(taken, [true], path)
  }
  socket.destroy()
})

t.test('a body comes after its request if it came later, or if there is more of it', async (t) => {
  const [half, rest] = [json(1_000).slice(0, 500), json(1_000).slice(500)]
  for (const [together, after] of [['', [json(1_000)]], ['', [half, rest]], [half, [rest]], ['', [json(200_000)]]] as const) {
    const socket = await open()
    const length = together.length + after.join('').length
    socket.write(post('/parsed', 'application/json', length) + together)
    for (const part of after) {
      await until('it waits in its thread', () => app.blocking.stats().threads.busy > 0)
      socket.write(part)
    }
    const [answer] = await readAnswers(socket, 1)
    t.equal(answer!.status, 200)
    t.match(JSON.parse(answer!.body), { length })
    socket.destroy()
  }
})

t.test('several short bodies on one connection that do not wait for each other', async (t) => {
  const socket = await open()
  const lengths = Array.from({ length: 50 }, (_, index) => 2 + index * 37)
  socket.write(lengths.map((length) => post('/parsed', 'application/json', length) + json(length)).join(''))
  const answers = await readAnswers(socket, lengths.length)
  t.same(answers.map(({ status, body }) => [status, JSON.parse(body).length]), lengths.map((length) => [200, length]))
  socket.destroy()
})

t.test('an injected body of which a chunk is long is not cut, beside others', async (t) => {
  const body = async (url: string, payload: Buffer) =>
    (await app.inject({ method: 'POST', url, headers: { 'content-type': 'application/x-stream' }, payload })).json() as unknown
  t.match(await body('/read', Buffer.alloc(65_536, 'x')), { length: 65_536 })
  t.match(await body('/read', Buffer.alloc(5_000_000, 'x')), { length: 5_000_000 })
})

t.test('memory of others is not moved: what was given to inject() is still there', async (t) => {
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

// On the loop an injected body is one chunk, which is parsed at one go: `truncated` is known before the file is read.
t.test('a file in an injected body comes as it does on the loop', async (t) => {
  const app = await build({ multipart: { limits: { fileSize: 500_000 } } })
  t.teardown(() => app.close())
  const file = (size: number) => Buffer.from(`--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'a'.repeat(size)}\r\n--x--\r\n`)
  for (const [size, truncated] of [[10, false], [499_999, false], [1_500_000, true]] as const) {
    for (const url of ['/chunks/loop', '/chunks']) {
      const response = await app.inject({ method: 'POST', url, headers: { 'content-type': 'multipart/form-data; boundary=x' }, payload: file(size) })
      t.equal(response.statusCode, 200, url)
      t.same(response.json(), { truncated, chunks: [Math.min(size, 500_000)] }, url)
    }
  }
})
