import { Storm } from './storm.js'

/** Seconds of faults, after which all has to heal. */
const round = 12

/**
 * Rounds of faults over the same processes, for as long as it is told. Gives what was counted, and what did not hold.
 * @param {number} seed
 * @param {number} seconds
 * @param {{ tell?: (what: string) => void, healing?: number }} [options] see Storm
 * @returns {Promise<{ counts: Record<string, number>, failures: string[] }>}
 */
export async function runRounds (seed, seconds, { tell = () => {}, healing = 5_000 } = {}) {
  const storm = new Storm(seed, tell, healing)
  try {
    await storm.start()
    const end = performance.now() + seconds * 1_000
    do {
      await storm.rage(round)
      storm.count('rounds')
    } while (performance.now() < end)
    await storm.end()
  } finally {
    await storm.kill()
  }
  return { counts: storm.counts, failures: storm.failures }
}
