import { isDeepStrictEqual } from 'node:util'
import { endedAtOnce, maxRetired, threads } from './app.js'
import { Storm } from './storm.js'

const round = 20
/** Bytes: what caches and compiled code may still take once a server has been through a storm. */
const slack = 4_000_000

/**
 * Storms of 20 s, each on a server of its own, and as many as are begun before the time is over, and until each of `awaited`
 * was counted, which takes a slow machine longer: in the middle and at the end of each nothing may be left
 * behind, and then the server is told to end while it is being asked, every other time twice. Gives what was counted, and
 * what did not hold.
 * @param {number} seed
 * @param {number} seconds
 * @param {{ awaited?: string[], tell?: (failure: string) => void }} [options] `tell` is told of each failure at once
 * @returns {Promise<{ counts: Record<string, number>, failures: string[] }>}
 */
export async function weather (seed, seconds, { awaited = [], tell = () => {} } = {}) {
  const counts = {}
  const failures = []
  const end = performance.now() + seconds * 1_000
  for (let index = 0; performance.now() < end || awaited.some((what) => counts[what] === undefined); index++) {
    const storm = new Storm(seed + index * 1_000)
    await storm.start()
    try {
      await storm.rage(round / 2)
      const before = await storm.calm()
      await storm.rage(round / 2)
      const after = await storm.calm()
      const isTwice = index % 2 === 1
      const code = await storm.end(isTwice ? 2 : 1)
      storm.assert(before.unrest === undefined && after.unrest === undefined, `the pool did not come to rest: ${JSON.stringify([before.unrest, after.unrest])}`)
      storm.assert(isDeepStrictEqual(before.resources, after.resources), `left behind: ${JSON.stringify(after.resources)}, before ${JSON.stringify(before.resources)}`)
      for (const { alive, most } of [before, after]) storm.assert(alive === threads && most <= threads + maxRetired, `there were ${most} threads, and there are ${alive}`)
      for (const name of ['heapUsed', 'external']) storm.assert(after[name] < before[name] + slack, `${name} has grown from ${before[name]} to ${after[name]}`)
      // Node aborts a process that exits at once while an addon's work is pending in a thread.
      const isEnded = code === 0 || (isTwice && [endedAtOnce, 'SIGABRT'].includes(code))
      storm.assert(isEnded, `the server ended with ${code}`)
    } finally {
      storm.kill()
    }
    for (const [name, count] of Object.entries(storm.counts)) counts[name] = (counts[name] ?? 0) + count
    counts.storms = index + 1
    for (const failure of storm.failures) {
      failures.push(`seed ${seed}, server ${index}: ${failure}`)
      tell(failures.at(-1))
    }
  }
  return { counts, failures }
}
