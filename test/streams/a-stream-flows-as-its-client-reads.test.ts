import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { watchMemory } from '../support/memory.js'
import { until } from '../support/until.js'
import { build as buildNumbered, chunkSize } from './fixtures/numbered.js'
import { build, chunks, closed, createCounts } from './fixtures/producers.js'
import { stopReading } from './stop-reading.js'

/** Runs a client in a process of its own, so that what it reads is not counted here, and gives its exit code. */
async function runClient (script: string, port: number): Promise<unknown> {
  const [code] = await once(spawn(process.execPath, ['-e', script, String(port)], { stdio: 'inherit', env: {} }), 'exit')
  return code
}

t.test('of a producer', async (t) => {
  const counts = createCounts()
  // On a busy machine 200 MB may take longer than a request may by default. The second slot is for the one that looks
  // whether the thread still works on the first.
  const app = await build({ counts, plugin: { timeout: 0, pool: { concurrentTasksPerWorker: 2 } } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  await t.test('a long stream does not pile up on the loop: of 200 MB it never holds more than a few', async (t) => {
    const endWatch = watchMemory()
    // Hangs up after 200 MB.
    const code = await runClient(`
      const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1')
      let bytes = 0
      socket.write('GET /generator HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      socket.on('data', ({ length }) => {
        bytes += length
        if (bytes >= 200_000_000) socket.destroy()
      })
      socket.on('close', () => { process.exitCode = bytes >= 200_000_000 ? 0 : 1 })
    `, port)
    const rise = endWatch()
    t.equal(code, 0)
    t.ok(rise < 30_000_000, `${(rise / 1e6).toFixed(1)} MB`)
  })

  for (const kind of ['generator', 'asyncGenerator', 'readable', 'webStream', 'response']) {
    await t.test(`a client that stops reading holds the producer back, however much it could produce: ${kind}`, async (t) => {
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      counts.fill(0)
      const socket = await send(port, `/${kind}`)
      await stopReading(t, app, socket, () => Atomics.load(counts, chunks))
      socket.destroy()
    })
  }

  for (const kind of ['one', 'oneSync']) {
    await t.test(`pieces leave as they come: the first is there while the producer waits, or computes, and the request has its slot until the last: ${kind}`, async (t) => {
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      counts.fill(0)
      const socket = await send(port, `/${kind}`)
      let text = ''
      socket.on('data', (data: Buffer) => { text += data })
      await until('the first has come', () => text.includes('first'))
      t.notMatch(text, 'last')
      t.equal(app.blocking.stats().threads.busy, 1)
      Atomics.store(counts, closed, 1)
      Atomics.notify(counts, closed)
      await until('all has come', () => text.endsWith('0\r\n\r\n'))
      t.match(text, /first[^]*last/)
      t.equal(app.blocking.stats().threads.busy, 0)
      t.equal(Atomics.load(counts, chunks), 1)
      socket.destroy()
    })
  }
})

t.test('memory of what was sent is used again', async (t) => {
  const app = await buildNumbered()
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo

  async function ask (path: string): Promise<IncomingMessage> {
    const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response') as [IncomingMessage]
    return response
  }

  await t.test('of 200 MB hardly anything is left to the collector', async (t) => {
    const { external: before } = process.memoryUsage()
    let most = 0
    const timer = setInterval(() => { most = Math.max(most, process.memoryUsage().external - before) }, 5)
    const code = await runClient(`
      const { get } = require('node:http')
      get({ host: '127.0.0.1', port: process.argv[1], path: '/plain/3200' }, (response) => {
        let bytes = 0
        response.on('data', ({ length }) => { bytes += length })
        response.on('end', () => { process.exitCode = bytes === 3200 * 65536 ? 0 : 1 })
      })
    `, port)
    clearInterval(timer)
    t.equal(code, 0)
    t.ok(most < 16_000_000, `${(most / 1e6).toFixed(1)} MB`)
  })

  await t.test('a client that reads by fits and starts gets what was meant for it', async (t) => {
    const response = await ask('/plain/600')
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      if (chunks.length % 50 === 0) for (let turn = 0; turn < 100; turn++) await nextTurn()
    }
    t.same(numbersOf(chunks), upTo(600))
  })

  for (const path of ['listened-to', 'listened-to-once', 'piped', 'written']) {
    await t.test(`what a hook keeps of it stays as it was, ${path}`, async (t) => {
      const response = await ask(`/${path}/150`)
      const chunks = await response.toArray() as Buffer[]
      t.same(numbersOf(chunks), upTo(150))
      t.same(numbersOf(app.kept.splice(0)), upTo(path === 'listened-to-once' ? 1 : 150))
    })
  }
})

/** Numbers of the chunks, 'mixed' for one that has several. */
function numbersOf (pieces: Buffer[]): (number | 'mixed')[] {
  const bytes = Buffer.concat(pieces)
  return Array.from({ length: bytes.length / chunkSize }, (_, index) => {
    const chunk = bytes.subarray(index * chunkSize, (index + 1) * chunkSize)
    return chunk.equals(Buffer.alloc(chunkSize, chunk.subarray(0, 4))) ? chunk.readUInt32LE() : 'mixed'
  })
}

function upTo (count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
