// A process of its own that does one thing that a visit cannot avoid, again and again: { piece, size, times } in,
// { elapsed, processor } out, µs of each time, the latter of all threads.
import { openBarePort } from './bare-port.js'
import { readProcessorTime } from './processor-time.js'
import { sizes, takeRows } from './sizes.js'
import { uploads } from './uploads.js'

const sendToAndFro = await openBarePort()
const message = { id: 1, name: 'noop' }

const pieces = {
  /** A wake-up of another thread by a message, and one of this thread by its answer. */
  port: () => (times) => sendToAndFro(message, times),
  stringify (size) {
    const value = size === undefined ? { hello: 'world' } : takeRows(sizes[size].count)
    return (times) => { for (let time = 0; time < times; time++) Buffer.from(JSON.stringify(value)) }
  },
  parse (size) {
    const { body } = uploads[size]()
    return (times) => { for (let time = 0; time < times; time++) JSON.parse(body.toString()) }
  }
}

process.once('disconnect', () => process.exit())
process.on('message', async ({ piece, size, times }) => {
  const run = pieces[piece](size)
  await run(times) // Warm-up.
  const before = readProcessorTime().all
  const start = performance.now()
  await run(times)
  const elapsed = performance.now() - start
  process.send({ elapsed: elapsed / times * 1_000, processor: (readProcessorTime().all - before) / times * 1_000 })
})
process.send('ready')
