// A process of its own that asks many servers by turns. { open: { url, connections, upload } } in, a hash of the first
// answer's body out when the connections are there; { slice: which of the servers, requests } in, the requests per second out.
import { createHash } from 'node:crypto'
import { connectTo } from './sockets.js'
import { uploads } from './uploads.js'

const servers = []

process.once('disconnect', () => process.exit())
process.on('message', async ({ open, slice, requests }) => {
  if (open === undefined) return process.send(await servers[slice].slice(requests))
  const server = await connectTo(open.url, open.connections, open.upload && uploads[open.upload]())
  servers.push(server)
  process.send(createHash('sha256').update(server.body).digest('hex'))
})
