import { withServers } from './asking.js'
import { outcomeOf } from './outcome.js'
import { answer, ask, withProcesses } from './processes.js'
import { rotate } from './rotate.js'

/**
 * Has ours and the rivals asked by turns of less than a second, all alive at the same time: whatever slows the machine
 * down for longer than that falls on all. A turn asks each side once. A round's ratio is the median of its turns, and the
 * result the median of the rounds.
 */
export async function takeSlices (comparison, { rounds = comparison.rounds }) {
  const { requests, pairs, warmUp, warmUpPairs = 5 } = comparison
  const { by, takeTurns } = wayOf(comparison)
  const results = []
  // Processes are new in each round.
  for (let round = 0; round < rounds; round++) {
    const turns = await takeTurns(comparison, warmUpPairs + pairs, round)
    results.push(turns.slice(warmUpPairs))
  }
  const outcome = outcomeOf(comparison, results)
  return {
    ...outcome,
    means: `${by}, ${rounds} rounds of ${pairs} ${Array.isArray(comparison.rival) ? 'turns' : 'pairs'} of ${requests} requests each after ${warmUpPairs} of warm-up${warmUp === undefined ? '' : ` and ${warmUp.requests} requests of ${warmUp.path} before that`}${outcome.others}`
  }
}

function wayOf ({ inProcess, rival }) {
  if (inProcess === undefined) return { by: 'raw sockets', takeTurns: askServers }
  return rival === undefined ? { by: 'one process for both', takeTurns: callBoth } : { by: 'a process for each', takeTurns: callEach }
}

/** Samples of servers, [ours, …rivals] for each turn. Who starts first, and who is asked first, takes turns. */
function askServers (comparison, turns, round) {
  const { warmUp, requests } = comparison
  return withServers(comparison, round, async ({ sides, connect }) => {
    if (warmUp !== undefined) {
      await connect(warmUp, async (warm) => {
        for (let side = 0; side < sides; side++) await warm(side, warmUp.requests)
      })
    }
    return connect(comparison, (measure) => takeAll(turns, sides, (side) => measure(side, requests)))
  })
}

/** Calls per second, of two functions in the same process. */
function callBoth ({ inProcess, requests }, turns) {
  return withProcesses(async (start) => {
    const all = await ask(start('alone.js'), { file: inProcess, times: requests, pairs: turns })
    return all.map((rates) => rates.map((rate) => ({ rate })))
  })
}

/** Calls per second, of a function in each of two processes. */
function callEach ({ ours, rival, requests }, turns, round) {
  return withProcesses(async (start) => {
    const processes = []
    for (const side of rotate(2, round)) {
      processes[side] = start('call.js', [ours, rival][side])
      await answer(processes[side])
    }
    return takeAll(turns, 2, async (side) => ({ rate: await ask(processes[side], requests) }))
  })
}

async function takeAll (turns, sides, take) {
  const all = []
  for (let turn = 0; turn < turns; turn++) {
    const samples = []
    for (const side of rotate(sides, turn)) samples[side] = await take(side)
    all.push(samples)
  }
  return all
}
