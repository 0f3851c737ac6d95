import type { AddressInfo } from 'node:net'
import t from 'tap'
import { beginPost, readAnswers, writeUntilStuck } from '../support/upload.js'
import { build, bytes, createCounts, gate } from './fixtures/bodies.js'

const length = 1_024 * 65_536

for (const type of ['application/x-stream', 'application/x-passed']) {
  t.test(`however much there is: ${type}`, async (t) => {
    const counts = createCounts()
    // The second slot is for the one that looks whether the thread still works on the first.
    const app = await build({ counts, plugin: { pool: { concurrentTasksPerWorker: 2 } } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })

    const socket = await beginPost((app.server.address() as AddressInfo).port, '/some-then-wait', { 'content-type': type, 'content-length': length })
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
