import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { watchMemory } from '../support/memory.js'
import { build } from './fixtures/producers.js'

/** A process of its own, so that what it reads is not counted here: hangs up after 200 MB. */
const client = `
const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1')
let bytes = 0
socket.write('GET /generator HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
socket.on('data', ({ length }) => {
  bytes += length
  if (bytes >= 200_000_000) socket.destroy()
})
socket.on('close', () => { process.exitCode = bytes >= 200_000_000 ? 0 : 1 })
`

t.test('on the loop: of 200 MB it never holds more than a few', async (t) => {
  // On a busy machine it may take longer than a request may by default.
  const app = await build({ plugin: { timeout: 0 } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const endWatch = watchMemory()
  const child = spawn(process.execPath, ['-e', client, String((app.server.address() as AddressInfo).port)], { stdio: 'inherit', env: {} })
  const [code] = await once(child, 'exit') as [number]
  const rise = endWatch()
  t.equal(code, 0)
  t.ok(rise < 30_000_000, `${(rise / 1e6).toFixed(1)} MB`)
})
