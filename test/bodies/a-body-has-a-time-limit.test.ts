import type { AddressInfo } from 'node:net'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { beginPost, readAnswers } from '../support/upload.js'
import { until } from '../support/until.js'
import { build, bytes, createCounts, failed } from './fixtures/bodies.js'

t.test('who still reads it then is told, and the thread is kept', async (t) => {
  const limit = new HeldTimers(t)
  const counts = createCounts()
  const app = await build({ counts, plugin: { timeout: held, grace: 100_000 } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { threadId } = (await app.inject('/thread')).json() as { threadId: number }
  for (const [index, path] of ['/read', '/parsed/read'].entries()) {
    const socket = await beginPost((app.server.address() as AddressInfo).port, path, { 'content-type': 'application/x-stream', 'content-length': 1_000_000 })
    socket.write(Buffer.alloc(100_000))
    await until('what there is is read', () => Atomics.load(counts, bytes) === 100_000 * (index + 1))
    await limit.runOut()
    const [answer] = await readAnswers(socket, 1)
    t.match(JSON.parse(answer!.body), { statusCode: 503, code: 'FST_BLOCKING_TIMEOUT' })
    socket.destroy()
  }
  await until('both have failed', () => Atomics.load(counts, failed) === 2)
  t.same((await app.inject('/thread')).json(), { threadId })
})
