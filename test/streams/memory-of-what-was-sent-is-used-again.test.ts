import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { build, chunkSize } from './fixtures/numbered.js'

const app = await build()
t.teardown(() => app.close())
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

async function ask (path: string): Promise<IncomingMessage> {
  const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response') as [IncomingMessage]
  return response
}

/** Numbers of the chunks, 'mixed' for one that has several. */
function numbersOf (pieces: Buffer[]): (number | 'mixed')[] {
  const bytes = Buffer.concat(pieces)
  return Array.from({ length: bytes.length / chunkSize }, (_, index) => {
    const chunk = bytes.subarray(index * chunkSize, (index + 1) * chunkSize)
    return chunk.equals(Buffer.alloc(chunkSize, chunk.subarray(0, 4))) ? chunk.readUInt32LE() : 'mixed'
  })
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
/** A process of its own, whose memory is not counted here. */
const client = `
const { get } = require('node:http')
get({ host: '127.0.0.1', port: process.argv[1], path: '/plain/3200' }, (response) => {
  let bytes = 0
  response.on('data', ({ length }) => { bytes += length })
  response.on('end', () => { process.exitCode = bytes === 3200 * 65536 ? 0 : 1 })
})`

t.test('of 200 MB hardly anything is left to the collector', async (t) => {
  const { external: before } = process.memoryUsage()
  let most = 0
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage().external - before) }, 5)
  const [code] = await once(spawn(process.execPath, ['-e', client, String(port)], { stdio: 'inherit', env: {} }), 'exit')
  clearInterval(timer)
  t.equal(code, 0)
  t.ok(most < 16_000_000, `${(most / 1e6).toFixed(1)} MB`)
})

t.test('a client that reads by fits and starts gets what was meant for it', async (t) => {
  const response = await ask('/plain/600')
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if (chunks.length % 50 === 0) for (let turn = 0; turn < 100; turn++) await nextTurn()
  }
  t.same(numbersOf(chunks), upTo(600))
})

for (const path of ['listened-to', 'listened-to-once', 'piped', 'written']) {
  t.test(`what a hook keeps of it stays as it was, ${path}`, async (t) => {
    const response = await ask(`/${path}/150`)
    const chunks = await response.toArray() as Buffer[]
    t.same(numbersOf(chunks), upTo(150))
    t.same(numbersOf(app.kept.splice(0)), upTo(path === 'listened-to-once' ? 1 : 150))
  })
}
