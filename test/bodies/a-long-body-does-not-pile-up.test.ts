import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { watchMemory } from '../support/memory.js'
import { build, bytes, createCounts } from './fixtures/bodies.js'

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
  t.test(`on the loop: of ${megabytes} MB it never holds more than a few: ${type}`, async (t) => {
    const counts = createCounts()
    // On a busy machine it may take longer than a request may by default.
    const app = await build({ counts, plugin: { timeout: 0 } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const endWatch = watchMemory()
    const child = spawn(process.execPath, ['-e', client, String((app.server.address() as AddressInfo).port), type, String(megabytes * 16)], { stdio: 'inherit', env: {} })
    const [code] = await once(child, 'exit') as [number]
    const rise = endWatch()
    t.equal(code, 0)
    t.equal(Atomics.load(counts, bytes), megabytes * 2 ** 20)
    t.ok(rise < 30_000_000, `${(rise / 1e6).toFixed(1)} MB`)
  })
}
