import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { StallDetector } from '../../dist/insight/stall-detector.js'

t.test('code that a sample interrupts goes on as if there were none', async (t) => {
  const listener = { started () {}, stalled: () => true, failed: (error: unknown) => { throw error } }
  const detector = StallDetector.join(20, listener)
  t.teardown(() => detector.leave(listener))
  const name = Object.getOwnPropertySymbols(globalThis).map(({ description }) => description)
    .find((description) => description?.startsWith('fastify-blocking.sample'))
  const asking = new Worker(new URL('fixtures/asks-for-samples.js', import.meta.url), { workerData: name, execArgv: [] })
  t.teardown(() => asking.terminate())
  await once(asking, 'message')
  const wrong = new Set<string>()
  let order = ''
  for (let round = 0; round < 20; round++) {
    queueMicrotask(() => { order += 'm' })
    // Node's URLs are read from memory that they share; each round takes some hundred samples.
    for (let number = 0; number < 100_000; number++) {
      const { href, pathname, host } = new URL(`/path/${number}?query`, 'http://localhost')
      if (pathname !== `/path/${number}` || host !== 'localhost') wrong.add(href)
    }
    order += 's'
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.same([...wrong], [])
  t.equal(order, 'sm'.repeat(20), 'and no microtask runs in the midst of it')
})
