import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'

type Clock = typeof import('../../dist/wire/clock.js')

const clock = new URL('../../dist/wire/clock.js', import.meta.url).href

/** Stands still after each reading of the one clock and before that of the other, as a busy machine does. */
const script = `
  import { parentPort } from 'node:worker_threads'
  const stop = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  const { bigint } = process.hrtime
  process.hrtime.bigint = () => {
    const value = bigint()
    stop()
    return value
  }
  const { commonNow } = await import(${JSON.stringify(clock)})
  process.hrtime.bigint = bigint
  parentPort.on('message', () => { parentPort.postMessage(commonNow()) })
`

t.test('a thread that stands still while it starts has the same clock as the others', async (t) => {
  const { commonNow } = await import(clock) as Clock
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`))
  t.teardown(() => worker.terminate())
  for (let times = 0; times < 10; times++) {
    const before = commonNow()
    worker.postMessage('now')
    const [there] = await once(worker, 'message') as [number]
    t.ok(before <= there && there <= commonNow(), `${before} ≤ ${there}`)
  }
})
