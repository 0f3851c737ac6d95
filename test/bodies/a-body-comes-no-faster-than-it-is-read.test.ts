import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { watchMemory } from '../support/memory.js'
import { beginPost, readAnswers, writeUntilStuck } from '../support/upload.js'
import { build, bytes, createCounts, gate } from './fixtures/bodies.js'

const counts = createCounts()
// On a busy machine a long body may take longer than a request may by default. The second slot is for the one that looks
// whether the thread still works on the first.
const app = await build({ counts, plugin: { timeout: 0, pool: { concurrentTasksPerWorker: 2 } } })
t.teardown(() => app.close())
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

/** A process of its own, so that what it sends is not counted here. */
const client = `
const { once } = require('node:events')
const { request } = require('node:http')
const [port, type, blocks] = process.argv.slice(1)
const sent = request({ port, host: '127.0.0.1', path: '/read', method: 'POST', headers: { 'content-type': type, 'content-length': blocks * 2 ** 16 } })
sent.on('response', (response) => {
  process.exitCode = response.statusCode === 200 ? 0 : 1
  response.resume()
})
const block = Buffer.alloc(2 ** 16)
const send = async () => {
  for (let index = 0; index < blocks; index++) if (!sent.write(block)) await once(sent, 'drain')
  sent.end()
}
send()
`

for (const [type, megabytes] of [['application/x-stream', 200], ['application/x-passed', 64]] as const) {
  t.test(`a long body does not pile up on the loop: of ${megabytes} MB it never holds more than a few: ${type}`, async (t) => {
    counts.fill(0)
    const endWatch = watchMemory()
    const child = spawn(process.execPath, ['-e', client, String(port), type, String(megabytes * 16)], { stdio: 'inherit', env: {} })
    const [code] = await once(child, 'exit') as [number]
    const rise = endWatch()
    t.equal(code, 0)
    t.equal(Atomics.load(counts, bytes), megabytes * 2 ** 20)
    t.ok(rise < 30_000_000, `${(rise / 1e6).toFixed(1)} MB`)
  })
}

const length = 1_024 * 65_536

for (const type of ['application/x-stream', 'application/x-passed']) {
  t.test(`a handler that stops reading holds the client back, however much there is: ${type}`, async (t) => {
    counts.fill(0)
    const socket = await beginPost(port, '/some-then-wait', { 'content-type': type, 'content-length': length })
    const written = await writeUntilStuck(socket, length, async () => {
      await app.inject('/thread')
      return Atomics.load(counts, bytes) >= 1_000_000
    }, 50)
    t.ok(written < 32_000_000, `${written} bytes written`)
    t.ok(Atomics.load(counts, bytes) < 1_500_000, `${Atomics.load(counts, bytes)} bytes read`)

    Atomics.store(counts, gate, 1)
    socket.write(Buffer.alloc(length - written))
    const [answer] = await readAnswers(socket, 1)
    t.same(JSON.parse(answer!.body), { length })
    socket.destroy()
  })
}
