import { withServers } from './asking.js'
import { outcomeOf } from './outcome.js'
import { percentilesOf } from './percentiles.js'
import { rotate } from './rotate.js'

/**
 * Has a single client ask ours and the rival, one request after the other with `pause` ms between, by turns of `requests`,
 * both alive at the same time. A round's percentiles are those of all its requests.
 */
export async function takeLatencies (comparison, { rounds = comparison.rounds }) {
  const { requests, turns, pause } = comparison
  const results = []
  // Processes are new in each round.
  for (let round = 0; round < rounds; round++) results.push([await takeRound(comparison, round)])
  return {
    ...outcomeOf(comparison, results),
    means: `raw sockets, one client, ${rounds} rounds of ${turns} turns of ${requests} requests each, one after the other, with ${pause} ms between, after ${comparison.warmUp.requests} requests of ${comparison.warmUp.connections} clients`
  }
}

/** { p50, …, ran, others } of each side. */
function takeRound (comparison, round) {
  const { warmUp, requests, turns, pause, path } = comparison
  return withServers(comparison, round, async ({ sides, connect }) => {
    await connect({ path, ...warmUp }, async (warm) => {
      for (let side = 0; side < sides; side++) await warm(side, warmUp.requests)
    })
    const samples = Array.from({ length: sides }, () => [])
    await connect({ path, connections: 1 }, async (measure) => {
      for (let turn = 0; turn <= turns; turn++) {
        for (const side of rotate(sides, turn)) {
          const sample = await measure(side, requests, pause)
          if (turn > 0) samples[side].push(sample)
        }
      }
    })
    return samples.map((taken) => ({
      ...percentilesOf(taken.flatMap(({ latencies }) => latencies)),
      ran: meanOf(taken, ({ ran }) => ran),
      others: meanOf(taken, ({ others }) => others)
    }))
  })
}

function meanOf (samples, of) {
  return samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
}
