// A process of its own that asks once every 2 ms, however long the answers take: { open: url } in, null out when it is
// connected; { seconds } in, what share of answers took at most how long out, in ms. Who asks for one after the other
// hardly asks while the server is stuck, and so hardly sees it. What comes late is counted from when it was due.
import { setTimeout as wait } from 'node:timers/promises'
import { percentilesOf } from './percentiles.js'
import { connectTo } from './sockets.js'

const every = 2
const clients = 250

let servers

process.on('message', async ({ open, seconds }) => {
  if (open !== undefined) {
    servers = await Promise.all(Array.from({ length: clients }, () => connectTo(open, 1)))
    return process.send(null)
  }
  const start = performance.now()
  const taken = []
  await Promise.all(servers.map(async (server, client) => {
    for (let at = client * every; at < seconds * 1_000; at += clients * every) {
      const early = start + at - performance.now()
      if (early > 0) await wait(early)
      const due = early > 0 ? performance.now() : start + at
      await server.slice(1)
      taken.push(performance.now() - due)
    }
  }))
  for (const server of servers) server.close()
  process.send(percentilesOf(taken))
})
