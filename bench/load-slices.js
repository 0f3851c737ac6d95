// A process of its own that asks two servers by turns: { urls, connections, requests, pairs } in, the requests per second
// of each pair of slices out. It asks by raw sockets, because a slice is shorter than a second: autocannon, even when it
// is told an amount, ends on a tick of a second, which is no clock for that.
import { connectTo } from './sockets.js'

process.on('message', async ({ urls, connections, requests, pairs }) => {
  const servers = []
  for (const url of urls) servers.push(await connectTo(url, connections))
  const all = []
  for (let pair = 0; pair < pairs; pair++) {
    const rates = []
    for (const side of pair % 2 === 0 ? [0, 1] : [1, 0]) rates[side] = await servers[side].slice(requests)
    all.push(rates)
  }
  for (const server of servers) server.close()
  process.send(all)
})
