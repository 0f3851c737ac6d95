// A process of its own that asks for one thing after the other: { open: url } in, null out when it is connected; { seconds }
// in, what share of answers took at most how long out, in ms.
import { percentilesOf } from './percentiles.js'
import { connectTo } from './sockets.js'

let server

process.on('message', async ({ open, seconds }) => {
  if (open !== undefined) {
    server = await connectTo(open, 1)
    return process.send(null)
  }
  const taken = []
  for (const end = performance.now() + seconds * 1_000; performance.now() < end;) taken.push(1_000 / await server.slice(1))
  server.close()
  process.send(percentilesOf(taken))
})
