import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { build, chunks, createCounts } from './fixtures/producers.js'

for (const kind of ['generator', 'asyncGenerator', 'readable', 'webStream', 'response']) {
  t.test(`however much it could produce: ${kind}`, async (t) => {
    const counts = createCounts()
    // The second slot is for the one that looks whether the thread still works on the first.
    const app = await build({ counts, plugin: { pool: { concurrentTasksPerWorker: 2 } } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })

    const socket = await send((app.server.address() as AddressInfo).port, `/${kind}`)
    let bytes = 0
    while (bytes < 1_000_000) bytes += (await once(socket, 'data') as [Buffer])[0].length
    socket.pause()

    // Whoever asks the same thread, and is answered, has let it go on as long as it could.
    let [before, turns] = [-1, 0]
    while (turns < 50) {
      await app.inject('/thread')
      const now = Atomics.load(counts, chunks)
      turns = now === before ? turns + 1 : 0
      before = now
    }
    t.ok(before * 65_536 < 64_000_000, `${before} chunks`)

    // And goes on when it may.
    socket.resume()
    await once(socket, 'data')
    while (Atomics.load(counts, chunks) === before) await once(socket, 'data')
    socket.destroy()
  })
}
