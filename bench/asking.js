import { answer, ask, withProcesses } from './processes.js'
import { rotate } from './rotate.js'

/**
 * Starts the servers of ours and of the rivals, another one first in each round. Hands out how many they are, and a function
 * that connects a process to all of them for as long as it is used.
 */
export function withServers ({ ours, rival }, round, use) {
  const labels = [ours, rival].flat()
  return withProcesses(async (start) => {
    const servers = []
    const urls = []
    for (const side of rotate(labels.length, round)) {
      servers[side] = start('serve.js', labels[side])
      urls[side] = await answer(servers[side])
    }
    return use({
      sides: labels.length,
      connect: (column, ask) => withProcesses(async (startAsker) => ask(await connectAsker(startAsker, { servers, urls, labels }, column)))
    })
  })
}

/**
 * Has a process of its own connect to all servers, and checks that they answer the same. Hands out a function that has one
 * of the servers asked so many requests: the requests per second, or with a pause in ms between them the ms that each took,
 * and what a request took of the server.
 */
export async function connectAsker (start, { servers, urls, labels, differing = [] }, { path, connections, upload }) {
  const asker = start('load-field.js')
  const bodies = []
  for (const url of urls) bodies.push(await ask(asker, { open: { url: url + path, connections, upload } }))
  for (const [index, label] of labels.entries()) {
    if (!differing.includes(index) && bodies[index] !== bodies[0]) throw new Error(`${path}: ${label} answers something else than ${labels[0]}`)
  }
  return async (index, requests, pause) => {
    await ask(servers[index], 'start')
    const asked = await ask(asker, { slice: index, requests, pause })
    return { ...asked, ...perRequest(await ask(servers[index], 'stop'), requests) }
  }
}

/**
 * ms of a request: for which the loop was busy, for which a processor ran the loop, the server's other threads, and all of
 * them. NaN for what is not known.
 */
export function perRequest ({ active, utilization, loop, others, all }, requests) {
  return { busy: active / requests, ran: loop / requests, others: others / requests, all: all / requests, utilization }
}
