// A process of its own that asks for one thing after the other: { url, seconds } in, what share of answers took at most
// how long out: { p50, p90, p99, p999 }, in ms.
import { connectTo } from './sockets.js'

process.on('message', async ({ url, seconds }) => {
  const server = await connectTo(url, 1)
  const taken = []
  for (const end = performance.now() + seconds * 1_000; performance.now() < end;) taken.push(1_000 / await server.slice(1))
  server.close()
  taken.sort((a, b) => a - b)
  const at = (share) => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))]
  process.send({ p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) })
})
