import { outcomeOf } from './outcome.js'
import { answer, ask, withProcesses } from './processes.js'
import { rotate } from './rotate.js'

/**
 * Has a route on the loop asked every 2 ms, however long the answers take, while others keep all threads busy. Turns of some
 * seconds, with processes of their own in each round.
 */
export async function takePings ({ ours, rival, path, connections, figure, ...comparison }, { rounds = comparison.rounds, seconds }) {
  const results = []
  for (let round = 0; round < rounds; round++) {
    const samples = []
    for (const side of rotate(2, round)) samples[side] = await measurePings([ours, rival][side], { path, connections, seconds })
    results.push([samples])
  }
  return {
    ...outcomeOf({ figure, rival }, results),
    means: `raw sockets, ${rounds} rounds of ${seconds} s each after 3 s of /noop, a request every 2 ms; autocannon with ${connections} connections keeps the threads busy; the figures are medians`
  }
}

/** What `asker` finds of /ping while others ask for `path`: { p50, p90, p99, p999 }, in ms. */
export function measurePings (name, { path, connections, seconds }) {
  return withProcesses(async (start) => {
    const url = await answer(start('serve.js', name))
    const [load, pings] = [start('load.js'), start('load-pings.js')]
    const warm = { url: url + path, connections: Math.min(connections, 16), seconds: 1 }
    await ask(load, { ...warm, url: `${url}/noop`, seconds: 3 })
    await ask(load, warm)
    // A loop that is busy takes its time to accept connections.
    await ask(pings, { open: `${url}/ping` })
    // The pings begin when the threads are busy, and end while they are.
    const loaded = ask(load, { ...warm, connections, seconds: seconds + 2 })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const result = await ask(pings, { seconds })
    await loaded
    return result
  })
}
