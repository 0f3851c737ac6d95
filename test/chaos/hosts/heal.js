import { setTimeout as delay } from 'node:timers/promises'
import { send } from './clients.js'

/** ms after which nobody waits for that any more. */
const patience = 60_000

/**
 * Looks whether all is healed: every request has its answer, each server answers through each host, and knows all slots as
 * free. `slots`: of each host; `asked` resolves when no client asks any more; `healing`: ms within which all must work again.
 */
export async function heal (storm, { slots, asked, healing }) {
  const begin = performance.now()
  const hasTime = () => performance.now() - begin < patience
  const { hosts, servers } = storm
  const told = (what) => storm.note(`${what} after ${Math.round(performance.now() - begin)} ms`)
  await asked
  told('all answered')
  // One after the other: they would take the slots from each other.
  for (const server of servers) {
    const missing = new Set(hosts.map(({ name }) => name))
    while (missing.size > 0 && hasTime()) {
      const answers = await Promise.all(Array.from({ length: hosts.length * slots }, () => send(`${server.url}/where`, storm.createId())))
      for (const { status, text } of answers) {
        storm.assert(status === 200, `${server.name}, after the last fault: ${status} ${text}`)
        missing.delete(JSON.parse(text).host)
      }
    }
    storm.assert(missing.size === 0, `${server.name} does not answer through ${[...missing].join(', ')}`)
    told(`${server.name} answers through each host`)
  }
  await Promise.all(servers.map(async (server) => {
    let stats, unrest
    do {
      await delay(10)
      unrest = stats
      stats = JSON.parse((await send(`${server.url}/stats`, 'none')).text)
    } while (!isAtRest(stats, hosts.length, slots) && hasTime())
    storm.assert(isAtRest(stats, hosts.length, slots), `${server.name} has not come to rest: ${JSON.stringify(stats)}`)
    told(`${server.name} is at rest`)
    if (unrest !== undefined) {
      const { hosts, queue, threads } = unrest
      storm.note(`it was not: ${JSON.stringify({ hosts, queue, threads })}`)
    }
  }))
  const taken = Math.round(performance.now() - begin)
  told('healed')
  storm.counts['longest healing, ms'] = Math.max(storm.counts['longest healing, ms'] ?? 0, taken)
  storm.assert(taken < healing, `healed after ${taken} ms`)
  // Why it took so long may be in the logs.
  if (taken >= healing) for (const { name, lines } of [...servers, ...hosts]) for (const line of lines) storm.note(`${name}: ${line}`)
}

function isAtRest ({ hosts, queue, threads }, count, slots) {
  return queue === 0 && hosts.length === count && hosts.every((host) => host.slots === slots && host.free === slots) &&
    threads.live === count * slots && threads.busy === 0
}
