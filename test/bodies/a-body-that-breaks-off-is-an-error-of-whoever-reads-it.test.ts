import { readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { beginPost, readAnswers } from '../support/upload.js'
import { until } from '../support/until.js'
import { begun, build, bytes, createCounts, ended, failed, gate } from './fixtures/bodies.js'

const post = (url: string, type: string, payload: string | Buffer = 'x') => ({ method: 'POST' as const, url, headers: { 'content-type': type }, payload })
const multipart = 'multipart/form-data; boundary=b'
const form = '--b\r\ncontent-disposition: form-data; name="a"; filename="a.txt"\r\n\r\ncontent\r\n--b--\r\n'

t.test('of an app without a time limit', async (t) => {
  const counts = createCounts()
  const folder = t.testdir()
  const app = await build({ counts, folder, plugin: { timeout: 0 } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const failuresOf = (path: string) => {
    const { clientGone = 0, failed = 0, completed = 0 } = app.blocking.stats().routes[`POST ${path}`] ?? {}
    return { clientGone, failed, completed }
  }

  for (const [path, type] of [
    ['/tell', 'application/x-stream'], ['/read', 'application/x-stream'], ['/tell', 'application/x-passed'], ['/parsed/read', 'application/x-stream']
  ] as const) {
    await t.test(`whoever reads a body is told that its client has hung up: ${path}, ${type}`, async (t) => {
      counts.fill(0)
      const before = failuresOf(path)
      const { threadId } = (await app.inject('/thread')).json() as { threadId: number }
      const socket = await beginPost(port, path, { 'content-type': type, 'content-length': 1_000_000 })
      socket.write(Buffer.alloc(100_000))
      await until('it is read', () => Atomics.load(counts, bytes) === 100_000)
      socket.destroy()
      await until('it has failed', () => Atomics.load(counts, failed) === 1)
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      t.same((await app.inject('/thread')).json(), { threadId }, 'the thread is the same')
      t.match(app.blocking.stats(), { killed: 0, routes: { [`POST ${path}`]: { ...before, clientGone: before.clientGone + 1 } } })
    })
  }

  for (const path of ['/parsed', '/saved']) {
    await t.test(`who parses a body is told that its client has hung up: ${path}`, async (t) => {
      const before = failuresOf(path)
      const type = path === '/saved' ? multipart : 'application/json'
      const socket = await beginPost(port, path, { 'content-type': type, 'content-length': 1_000_000 })
      socket.write('--b\r\ncontent-disposition: form-data; name="a"; filename="a.txt"\r\n\r\n')
      await until('it is there', () => app.blocking.stats().threads.busy === 1)
      socket.destroy()
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      t.match(app.blocking.stats(), { killed: 0, routes: { [`POST ${path}`]: { ...before, clientGone: before.clientGone + 1 } } })
    })
  }

  await t.test('an error on the loop is the handler\'s', async (t) => {
    t.same((await app.inject(post('/tell', 'application/x-breaking'))).json(), { code: 'E_BROKE', message: 'the stream broke', isRange: true })
    t.match((await app.inject(post('/tell', 'application/x-gunzip', 'no gzip'))).json(), { code: 'Z_DATA_ERROR' })
  })

  await t.test('of what is neither text nor bytes it is told what it was', async (t) => {
    t.match((await app.inject(post('/tell', 'application/x-objects'))).json(), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^a chunk of the body is an object/ })
  })

  await t.test('an error of parsing goes through the generators on the loop', async (t) => {
    counts.fill(0)
    t.same((await app.inject(post('/dependent', 'application/json', '{"a":1}'))).json(), { body: { a: 1 }, transaction: 'transaction' })
    t.same([Atomics.load(counts, ended), Atomics.load(counts, failed)], [1, 0])
    t.match((await app.inject(post('/dependent', 'application/json', '{'))).json(), { statusCode: 400, code: 'FST_ERR_CTP_INVALID_JSON_BODY' })
    t.same([Atomics.load(counts, ended), Atomics.load(counts, failed)], [2, 1])
  })

  await t.test('a handler that destroys its request breaks the connection, as on the loop', async () => {
    counts.fill(0)
    const socket = await beginPost(port, '/destroyed', { 'content-type': 'application/x-stream', 'content-length': 1_000_000 })
    // Whether the client sees that as an error, a reset, or not.
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(Buffer.alloc(500_000))
    await closed
    await until('the handler has heard of it', () => Atomics.load(counts, ended) === 1)
  })

  await t.test('one that destroys a stream that a parser has made still answers', async (t) => {
    const socket = await beginPost(port, '/passed-destroyed', { 'content-type': 'application/x-passed', 'content-length': 1_000_000 })
    socket.write(Buffer.alloc(1_000_000))
    const [answer] = await readAnswers(socket, 1)
    t.match(JSON.parse(answer!.body), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
    socket.destroy()
  })

  await t.test('what is read after the answer is an error', async (t) => {
    counts.fill(0)
    t.same((await app.inject(post('/later', 'application/x-stream'))).json(), { later: true })
    await until('it has been told', () => Atomics.load(counts, ended) === 1)
  })

  await t.test('temporary files of saveRequestFiles() are removed when the visit is over', async (t) => {
    await until('the folder is empty', () => readdirSync(folder).length === 0)
    const answer = await app.inject(post('/saved', multipart, form))
    t.equal(answer.statusCode, 200)
    t.same((answer.json() as string[]).map(dirname), [folder])
    await until('the folder is empty', () => readdirSync(folder).length === 0)
  })

  await t.test('temporary files are removed when the client has hung up, and the handler failed after that', async (t) => {
    counts.fill(0)
    const socket = await beginPost(port, '/saved-then-wait', { 'content-type': multipart, 'content-length': form.length })
    socket.write(form)
    await until('it is saved', () => Atomics.load(counts, begun) === 1)
    t.equal(readdirSync(folder).length, 1)
    socket.destroy()
    Atomics.store(counts, gate, 1)
    await until('the folder is empty', () => readdirSync(folder).length === 0)
  })
})

t.test('temporary files are removed when the form breaks off, and when the client hangs up in the middle of it', async (t) => {
  const folder = t.testdir()
  const app = await build({ folder, multipart: { limits: { fileSize: 5 } } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = await app.inject(post('/saved', multipart, form))
  t.match(answer.json(), { statusCode: 413, code: 'FST_REQ_FILE_TOO_LARGE' })
  const socket = await beginPost((app.server.address() as AddressInfo).port, '/saved', { 'content-type': multipart, 'content-length': 1_000 })
  socket.write(form.slice(0, 75))
  await until('it is being saved', () => readdirSync(folder).length === 1)
  socket.destroy()
  await until('the folder is empty', () => readdirSync(folder).length === 0)
})

t.test('who still reads a body at the time limit is told, and the thread is kept', async (t) => {
  const limit = new HeldTimers(t)
  const counts = createCounts()
  const app = await build({ counts, plugin: { timeout: held, grace: 100_000 } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { threadId } = (await app.inject('/thread')).json() as { threadId: number }
  for (const [index, path] of ['/read', '/parsed/read'].entries()) {
    const socket = await beginPost((app.server.address() as AddressInfo).port, path, { 'content-type': 'application/x-stream', 'content-length': 1_000_000 })
    socket.write(Buffer.alloc(100_000))
    await until('what there is is read', () => Atomics.load(counts, bytes) === 100_000 * (index + 1))
    await limit.runOut()
    const [answer] = await readAnswers(socket, 1)
    t.match(JSON.parse(answer!.body), { statusCode: 503, code: 'FST_BLOCKING_TIMEOUT' })
    socket.destroy()
  }
  await until('both have failed', () => Atomics.load(counts, failed) === 2)
  t.same((await app.inject('/thread')).json(), { threadId })
})
