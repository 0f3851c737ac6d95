// A process of its own that serves one contestant, of contestants/ or named by a URL, with some number of threads if it is
// told one. It tells over IPC how long its loop has been busy since 'start', and for how long a processor has run its loop
// and its other threads, unless what serves is another program.
import { performance } from 'node:perf_hooks'
import { readProcessorTime } from './processor-time.js'

const [contestant, threads] = process.argv.slice(2)
if (threads !== undefined) process.env.BENCH_THREADS = threads
const { app, isOtherProgram = false } = await import(new URL(`${contestant}.js`, new URL('contestants/', import.meta.url)))

process.once('disconnect', () => app.close())
const url = await app.listen({ host: '127.0.0.1', port: 0 })

let start
process.on('message', (message) => {
  if (message === 'start') {
    start = { utilization: performance.eventLoopUtilization(), time: readProcessorTime() }
    return process.send(null)
  }
  const time = readProcessorTime()
  const { active, utilization } = performance.eventLoopUtilization(start.utilization)
  // What Linux does not tell is undefined, and left out of the message.
  const loop = time.loop === undefined ? undefined : time.loop - start.time.loop
  const all = time.all - start.time.all
  process.send(isOtherProgram ? {} : { active, utilization, all, loop, others: loop === undefined ? undefined : all - loop })
})
process.send(url)
