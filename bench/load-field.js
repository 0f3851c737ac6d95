// A process of its own that asks many servers by turns. { open: { url, connections, upload } } in, a hash of the first
// answer's body out when the connections are there; { slice: which of the servers, requests } in, { rate } out, the requests
// per second. With { pause } a single client asks one after the other, with so many ms between: { latencies } out, in ms.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { connectTo } from './sockets.js'
import { uploads } from './uploads.js'

const servers = []

process.once('disconnect', () => process.exit())
process.on('message', async ({ open, slice, requests, pause }) => {
  if (open === undefined) {
    const server = servers[slice]
    return process.send(pause === undefined ? { rate: await server.slice(requests) } : { latencies: await timeEach(server, requests, pause) })
  }
  const server = await connectTo(open.url, open.connections, open.upload && uploads[open.upload]())
  servers.push(server)
  process.send(createHash('sha256').update(server.body).digest('hex'))
})

async function timeEach (server, requests, pause) {
  const latencies = []
  for (let request = 0; request < requests; request++) {
    if (pause > 0) await wait(pause)
    const start = performance.now()
    await server.slice(1)
    latencies.push(performance.now() - start)
  }
  return latencies
}
