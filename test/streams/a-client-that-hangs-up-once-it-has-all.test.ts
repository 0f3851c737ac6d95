import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build } from './fixtures/lengths.js'

t.test('it has been served, although the stream takes its time to close', async (t) => {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const app = await build({ gate })
  t.teardown(() => app.close())
  const address = await listen(app)
  const closed = new Promise((resolve) => app.server.once('connection', (socket: Socket) => socket.once('close', resolve)))

  await readAll(address, '/closes-late', 5)
  await closed
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.match(app.blocking.stats(), { completed: 1, failed: 0 })
})

// Less than a message carries, as much, and more.
for (const bytes of [100, 65_536, 131_072, 300_000]) {
  t.test(`each of many has been served: a file of ${bytes} bytes`, async (t) => {
    const path = join(t.testdir(), 'file')
    writeFileSync(path, Buffer.alloc(bytes, 'x'))
    const app = await build({ path, bytes })
    t.teardown(() => app.close())
    const address = await listen(app)

    for (let count = 1; count <= 50; count++) {
      await readAll(address, '/file', bytes)
      await until('the request is over', () => app.blocking.stats().completed + app.blocking.stats().failed === count)
    }
    t.match(app.blocking.stats(), { completed: 50, failed: 0 })
  })
}

async function listen (app: Awaited<ReturnType<typeof build>>): Promise<AddressInfo> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server.address() as AddressInfo
}

/** Hangs up as soon as it has so many bytes of a body. */
async function readAll ({ port }: AddressInfo, path: string, bytes: number): Promise<void> {
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
