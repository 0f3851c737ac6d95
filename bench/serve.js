// A process of its own that serves one contestant, with some number of threads if it is told one, and tells over IPC how
// long its loop has been busy.
import { performance } from 'node:perf_hooks'

const [contestant, threads] = process.argv.slice(2)
if (threads !== undefined) process.env.BENCH_THREADS = threads
const { app } = await import(`./contestants/${contestant}.js`)

process.once('disconnect', () => app.close())
const url = await app.listen({ host: '127.0.0.1', port: 0 })

let start
process.on('message', (message) => {
  if (message === 'start') start = performance.eventLoopUtilization()
  process.send(performance.eventLoopUtilization(start))
})
process.send(url)
