import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'
import { build as buildLengths } from './fixtures/lengths.js'
import { build, chunks, closed, createCounts, ended, opened } from './fixtures/producers.js'

t.test('of a producer', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  for (const kind of ['generator', 'asyncGenerator', 'readable', 'webStream', 'response']) {
    await t.test(`a client that hangs up ends the producer: its finally runs, then that of its dependencies, and the thread goes on: ${kind}`, async (t) => {
      counts.fill(0)
      const { completed, failed, clientGone } = app.blocking.stats()
      const before = (await app.inject('/thread')).json()

      const socket = await send(port, `/dependent/${kind}`)
      await once(socket, 'data')
      t.equal(app.blocking.stats().threads.busy, 1)
      socket.destroy()
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      t.equal(Atomics.load(counts, ended), 1)
      t.equal(Atomics.load(counts, closed), 1, 'after the stream')
      t.equal(Atomics.load(counts, opened), 2, 'with the error that the client has gone')
      const produced = Atomics.load(counts, chunks)
      t.same((await app.inject('/thread')).json(), before)
      t.equal(Atomics.load(counts, chunks), produced)
      t.match(app.blocking.stats(), { failed, clientGone: clientGone + 1, completed: completed + 2, killed: 0 })
    })
  }

  await t.test('one that fails breaks the connection, and its dependencies are told', async (t) => {
    counts.fill(0)
    const { completed, failed } = app.blocking.stats()
    const response = await fetch(`${origin}/failing`)
    t.equal(response.status, 200)
    await t.rejects(response.text())
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal(Atomics.load(counts, ended), 1)
    t.equal(Atomics.load(counts, closed), 1)
    t.match(app.blocking.stats(), { failed: failed + 1, completed, killed: 0 })
  })

  await t.test('a thread that ends in the middle of a stream breaks the connection; its successor answers', async (t) => {
    counts.fill(0)
    const { completed, failed } = app.blocking.stats()
    const response = await fetch(`${origin}/dying`)
    t.equal(response.status, 200)
    Atomics.store(counts, closed, 1)
    await t.rejects(response.text())
    t.equal((await app.inject('/thread')).statusCode, 200)
    t.match(app.blocking.stats(), { failed: failed + 1, completed: completed + 1 })
  })
})

t.test('what a hook does not use is ended', async (t) => {
  const counts = createCounts()
  const app = await build({ counts })
  t.teardown(() => app.close())
  app.addHook('onSend', async ({ method }, _reply, payload) => method === 'GET' ? 'replaced' : payload)
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })

  for (const [index, [title, method, status]] of ([['an answer to HEAD', 'HEAD', 200], ['an onSend hook that puts something in its place', 'GET', 200]] as const).entries()) {
    await t.test(title, async (t) => {
      const response = await fetch(`${origin}/generator`, { method })
      t.equal(response.status, status)
      t.equal(await response.text(), method === 'GET' ? 'replaced' : '')
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      const count = index + 1
      t.equal(Atomics.load(counts, ended), count)
      t.match(app.blocking.stats(), { ...onlyCompleted, completed: count, killed: 0 })
    })
  }
})

t.test('of a stream that says how long it is', async (t) => {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const folder = t.testdir()
  const app = await buildLengths({ gate, folder })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  await t.test('a client that hangs up once it has all has been served, although the stream takes its time to close', async (t) => {
    const closed = new Promise((resolve) => app.server.once('connection', (socket: Socket) => socket.once('close', resolve)))
    await readAll(port, '/closes-late', 5)
    await closed
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.match(app.blocking.stats(), { completed: 1, ...onlyCompleted })
  })

  // Less than a message carries, as much, and more.
  for (const bytes of [100, 65_536, 131_072, 300_000]) {
    await t.test(`each of many clients that hang up once they have all has been served: a file of ${bytes} bytes`, async (t) => {
      writeFileSync(join(folder, String(bytes)), Buffer.alloc(bytes, 'x'))
      const over = (): number => app.blocking.stats().completed + app.blocking.stats().failed + app.blocking.stats().clientGone
      const { completed } = app.blocking.stats()
      const before = over()

      for (let count = 1; count <= 50; count++) {
        await readAll(port, `/file/${bytes}`, bytes)
        await until('the request is over', () => over() === before + count)
      }
      t.match(app.blocking.stats(), { completed: completed + 50, failed: 0, clientGone: 0 })
    })
  }
})

t.test('a reply that is awaited and breaks off is not sent again', async (t) => {
  const lines: string[] = []
  const app = await buildLengths({ lines: { write: (line: string) => { lines.push(line) } } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  const socket = await send((app.server.address() as AddressInfo).port, '/breaks-off')
  await once(socket, 'data')
  socket.destroy()
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  await app.close()
  t.same(lines, [])
})

/** Hangs up as soon as it has so many bytes of a body. */
async function readAll (port: number, path: string, bytes: number): Promise<void> {
  const socket = await send(port, path)
  let [text, awaited] = ['', Infinity]
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    const head = text.indexOf('\r\n\r\n')
    if (head > 0) awaited = head + 4 + bytes
    if (text.length >= awaited) socket.destroy()
  })
  await once(socket, 'close')
}
