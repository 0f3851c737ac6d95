// A process of its own that serves one contestant, of contestants/ or named by a URL, with some number of threads if it is
// told one, and tells over IPC how long its loop has been busy, and for how much of that it had a processor.
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

const [contestant, threads] = process.argv.slice(2)
if (threads !== undefined) process.env.BENCH_THREADS = threads
const { app } = await import(new URL(`${contestant}.js`, new URL('contestants/', import.meta.url)))

process.once('disconnect', () => app.close())
const url = await app.listen({ host: '127.0.0.1', port: 0 })

let start
process.on('message', (message) => {
  if (message === 'start') start = { utilization: performance.eventLoopUtilization(), ran: readRunTime() }
  process.send({ ...performance.eventLoopUtilization(start.utilization), ran: readRunTime() - start.ran })
})

/** ms for which this thread has had a processor; NaN where the system does not tell. */
function readRunTime () {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return NaN
  }
}
process.send(url)
