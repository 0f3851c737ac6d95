import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { build, bytes, createCounts } from './fixtures/bodies.js'

t.setTimeout(120_000)
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** A process of its own, so that what it sends is not counted here: 200 MB. */
const client = `
const { once } = require('node:events')
const { request } = require('node:http')
const [port, type] = process.argv.slice(1)
const sent = request({ port, host: '127.0.0.1', path: '/read', method: 'POST', headers: { 'content-type': type, 'content-length': 200 * 2 ** 20 } })
sent.on('response', (response) => {
  process.exitCode = response.statusCode === 200 ? 0 : 1
  response.resume()
})
const block = Buffer.alloc(2 ** 16)
const send = async () => {
  for (let index = 0; index < 3200; index++) if (!sent.write(block)) await once(sent, 'drain')
  sent.end()
}
send()
`

for (const type of ['application/x-stream', 'application/x-passed']) {
  t.test(`on the loop: of 200 MB it never holds more than a few: ${type}`, async (t) => {
    const counts = createCounts()
    // On a busy machine it may take longer than a request may by default.
    const app = await build({ counts, plugin: { timeout: 0 } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const held = (): number => {
      // The second time ends what the first has left to be done beside it.
      collectGarbage()
      collectGarbage()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const before = held()
    let most = 0
    const timer = setInterval(() => { most = Math.max(most, held()) }, 200)
    const child = spawn(process.execPath, ['-e', client, String((app.server.address() as AddressInfo).port), type], { stdio: 'inherit', env: {} })
    const [code] = await once(child, 'exit') as [number]
    clearInterval(timer)
    t.equal(code, 0)
    t.equal(Atomics.load(counts, bytes), 200 * 2 ** 20)
    t.ok(most > 0 && most - before < 30_000_000, `${((most - before) / 1e6).toFixed(1)} MB`)
  })
}
