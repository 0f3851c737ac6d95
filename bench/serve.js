// A process of its own that serves one contestant, and tells over IPC how long its loop has been busy. With `settled` as
// its second argument it is settled before, see settle.js.
import { performance } from 'node:perf_hooks'
import { settle } from './settle.js'

const [contestant, state] = process.argv.slice(2)
const { app } = await import(`./contestants/${contestant}.js`)
if (state === 'settled') await settle()

process.once('disconnect', () => app.close())
const url = await app.listen({ host: '127.0.0.1', port: 0 })

let start
process.on('message', (message) => {
  if (message === 'start') start = performance.eventLoopUtilization()
  process.send(performance.eventLoopUtilization(start))
})
process.send(url)
