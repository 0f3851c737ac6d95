// A process of its own that asks many servers by turns. { open: { url, connections, upload } } in, null out when the
// connections are there; { slice: which of the servers, requests } in, the requests per second out.
import { connectTo } from './sockets.js'
import { uploads } from './uploads.js'

const servers = []

process.once('disconnect', () => process.exit())
process.on('message', async ({ open, slice, requests }) => {
  if (open === undefined) return process.send(await servers[slice].slice(requests))
  servers.push(await connectTo(open.url, open.connections, open.upload && uploads[open.upload]()))
  process.send(null)
})
