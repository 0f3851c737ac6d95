import { tracingChannel } from 'node:diagnostics_channel'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import { until } from '../support/until.js'
import { beginPost, readAnswers } from '../support/upload.js'
import { build, lines } from './fixtures/collected.js'

const json = 'application/json'
const text = (length: number): string => JSON.stringify('x'.repeat(length))
const visits = (app: FastifyInstance): number => app.blocking.stats().run.count

async function listen (t: Test, options?: object): Promise<{ app: FastifyInstance, port: number }> {
  const app = await build(options)
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, port: (app.server.address() as AddressInfo).port }
}

t.test('of a body that comes slowly', async (t) => {
  const { app, port } = await listen(t)

  await t.test('no thread waits for the rest', async (t) => {
    const body = text(100_000)
    const socket = await beginPost(port, '/length', { 'content-type': json, 'content-length': body.length })
    socket.write(body.slice(0, 50_000))
    // The only thread answers others meanwhile.
    for (let count = 0; count < 5; count++) t.equal((await app.inject('/thread')).statusCode, 200)
    t.match(app.blocking.stats(), { queue: 0, threads: { busy: 0 } })
    socket.write(body.slice(50_000))
    const [answer] = await readAnswers(socket, 1)
    t.match(JSON.parse(answer!.body), { length: 100_000 })
    socket.destroy()
  })

  await t.test('what comes in pieces is one body, and what follows on the connection is another', async (t) => {
    const socket = await beginPost(port, '/length', { 'content-type': json, 'transfer-encoding': 'chunked' })
    for (const piece of ['"a', '€'.slice(0), 'b"']) socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`)
    socket.write('0\r\n\r\n')
    t.match((await readAnswers(socket, 1)).map(({ body }) => JSON.parse(body) as unknown), [{ length: 3 }])
    const next = [10, 20_000, 3, 200_000].map((length) => {
      const body = text(length)
      return `POST /length HTTP/1.1\r\nhost: x\r\ncontent-type: ${json}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    })
    socket.write(next.join(''))
    t.match((await readAnswers(socket, 4)).map(({ body }) => JSON.parse(body) as unknown), [10, 20_000, 3, 200_000].map((length) => ({ length })))
    socket.destroy()
  })

  await t.test('a listener that came before misses nothing, and takes nothing', async (t) => {
    for (const length of [10, 100_000]) {
      const body = text(length)
      const socket = await beginPost(port, '/length', { 'content-type': json, 'content-length': 2 })
      // The head and the body in one packet.
      socket.write(`""POST /listened HTTP/1.1\r\nhost: x\r\ncontent-type: ${json}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      t.match((await readAnswers(socket, 2)).map(({ body }) => JSON.parse(body) as unknown), [{ length: 0 }, { length }])
      socket.destroy()
    }
  })

  await t.test('one that gets too long is refused, and no thread sees it', async (t) => {
    const before = visits(app)
    const socket = await beginPost(port, '/limited', { 'content-type': json, 'transfer-encoding': 'chunked' })
    for (let count = 0; count < 3; count++) socket.write(`32\r\n${'x'.repeat(50)}\r\n`)
    const [answer] = await readAnswers(socket, 1)
    t.equal(answer!.status, 413)
    t.match(answer!.head, /^connection: close$/m)
    t.match(JSON.parse(answer!.body), { code: 'FST_ERR_CTP_BODY_TOO_LARGE' })
    t.equal(visits(app), before)
    socket.destroy()
  })

  await t.test('a client that hangs up leaves nothing to do', async (t) => {
    const before = visits(app)
    let broken: unknown
    app.server.once('request', ({ socket }: FastifyRequest['raw']) => socket.once('close', () => { broken = true }))
    const socket = await beginPost(port, '/length', { 'content-type': json, 'content-length': 1_000 })
    socket.write('"x')
    await until('the request has come', () => app.server.listenerCount('request') === 1)
    socket.destroy()
    await until('the connection is closed', () => broken === true)
    t.equal((await app.inject('/thread')).statusCode, 200)
    t.equal(visits(app), before + 1)
  })

  await t.test('the time limit of the request counts, and no thread sees it', async (t) => {
    const before = visits(app)
    const socket = await beginPost(port, '/brief', { 'content-type': json, 'content-length': 4 })
    socket.write('"x')
    const [answer] = await readAnswers(socket, 1)
    t.equal(answer!.status, 503)
    t.match(JSON.parse(answer!.body), { code: 'FST_ERR_HANDLER_TIMEOUT' })
    socket.write('y"')
    t.equal((await app.inject('/thread')).statusCode, 200)
    t.equal(visits(app), before + 1)
    socket.destroy()
  })
})

t.test('memory of others is not moved', async (t) => {
  const { app, port } = await listen(t)
  const chunks: Buffer[] = []
  const payload = Buffer.from(text(100_000))
  t.match((await app.inject({ method: 'POST', url: '/length', headers: { 'content-type': json }, payload })).json(), { length: 100_000 })
  t.equal(payload.toString(), text(100_000))

  app.server.once('request', (raw: FastifyRequest['raw']) => raw.on('data', (chunk: Buffer) => { chunks.push(chunk) }))
  const socket = await beginPost(port, '/length', { 'content-type': json, 'content-length': payload.length })
  socket.write(payload)
  t.match((await readAnswers(socket, 1)).map(({ body }) => JSON.parse(body) as unknown), [{ length: 100_000 }])
  t.equal(Buffer.concat(chunks).toString(), text(100_000))
  socket.destroy()
})

t.test('a body that a worker cannot be given is that of the error handler all the same', async (t) => {
  const { app } = await listen(t, { handles: true })
  for (const payload of [text(10), text(50_000)]) {
    const answer = await app.inject({ method: 'POST', url: '/exit', headers: { 'content-type': json }, payload })
    t.equal(answer.statusCode, 500)
    t.same(answer.json(), { code: 'FST_BLOCKING_THREAD_LOST', body: JSON.parse(payload) as unknown })
  }
})

t.test('what reads a body that was moved is warned, once a route', async (t) => {
  const { port } = await listen(t)
  const warnings: Error[] = []
  const warn = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', warn)
  const bodies: unknown[] = []
  const trace = tracingChannel('fastify.blocking.visit')
  const asyncEnd = (message: unknown): void => { bodies.push((message as { request: FastifyRequest }).request.body) }
  const subscriber = { asyncEnd } as unknown as Parameters<typeof trace.subscribe>[0]
  trace.subscribe(subscriber)
  t.teardown(() => {
    process.off('warning', warn)
    trace.unsubscribe(subscriber)
  })
  for (const length of [10, 100_000, 100_000]) {
    const body = text(length)
    const socket = await beginPost(port, '/length', { 'content-type': json, 'content-length': body.length })
    socket.write(body)
    await readAnswers(socket, 1)
    socket.destroy()
  }
  t.strictSame(bodies.map((body) => body === undefined ? body : String(body).length), [10, undefined, undefined])
  await until('the warning has come', () => warnings.length > 0)
  t.match(warnings, [{ code: 'FST_BLOCKING_BODY_LEFT', message: /^POST \/length: / }])
  t.equal(warnings.length, 1)
})

t.test('a serializer of the log sees the body', async (t) => {
  const { app, port } = await listen(t, { logs: true })
  const body = text(100_000)
  const socket = await beginPost(port, '/length', { 'content-type': json, 'content-length': body.length })
  socket.write(body)
  await readAnswers(socket, 1)
  socket.destroy()
  await app.close()
  t.match(lines.filter(({ msg }) => msg === 'request completed'), [{ res: { statusCode: 200, bytes: 100_000 } }])
})

t.test('a body that the loop has parsed crosses as bytes, unless a hook has read it', async (t) => {
  const { app } = await listen(t)
  const post = async (url: string, payload: object) => (await app.inject({ method: 'POST', url, payload })).json() as unknown
  const { threadId } = (await app.inject('/thread')).json<{ threadId: number }>()
  const list = Array.from({ length: 10_000 }, (_, index) => index)
  t.same(await post('/passed', { list }), { length: 10_000, where: threadId })
  const cloned = { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^request\.body\.where / }
  t.match(await post('/read', { list }), cloned)
  t.match(await post('/passed', { list: [1] }), cloned, 'a short one is always copied')
})

t.test('while somebody traces handlers the loop parses, since the trace has the request', async (t) => {
  const { app } = await listen(t)
  const seen: unknown[] = []
  const trace = tracingChannel('fastify.request.handler')
  const start = (message: unknown): void => { seen.push((message as { request: FastifyRequest }).request.body) }
  const subscriber = { start } as unknown as Parameters<typeof trace.subscribe>[0]
  const post = () => app.inject({ method: 'POST', url: '/length', payload: [1, 2] })
  trace.subscribe(subscriber)
  t.match((await post()).json(), { length: 2 })
  trace.unsubscribe(subscriber)
  t.match((await post()).json(), { length: 2 })
  t.same(seen, [[1, 2]])
})
