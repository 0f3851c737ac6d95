import { median } from './median.js'
import { answer, ask, withProcesses } from './processes.js'

const warmUp = 5

/**
 * Has ours and the rival asked by turns of less than a second, both alive at the same time: whatever slows the machine
 * down for longer than that falls on both. A round's ratio is the median of its pairs of slices, and the result the
 * median of the rounds.
 */
export async function takeSlices (comparison, { rounds = comparison.rounds }) {
  const { requests, pairs } = comparison
  const results = []
  for (let round = 0; round < rounds; round++) results.push(await takeRound(comparison, round))
  const ratios = results.map((rates) => median(rates.map(([ours, rival]) => ours / rival)))
  const [ours, rival] = [0, 1].map((side) => ({ figure: median(results.flat().map((rates) => rates[side])) }))
  return {
    means: `${comparison.inProcess === undefined ? 'raw sockets' : 'one process for both'}, ${rounds} rounds of ${pairs} pairs of ${requests} requests each after ${warmUp} pairs of warm-up`,
    ours,
    rival,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)]
  }
}

/** Requests per second, [ours, rival] for each pair. Processes are new in each round, and who starts first alternates. */
function takeRound ({ inProcess, ours, rival, path, connections, requests, pairs }, round) {
  if (inProcess !== undefined) {
    return withProcesses(async (start) => {
      const rates = await ask(start('alone.js'), { file: inProcess, times: requests, pairs: warmUp + pairs })
      return rates.slice(warmUp)
    })
  }
  const names = [ours, rival]
  return withProcesses(async (start) => {
    const urls = []
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      urls[side] = await answer(start('serve.js', names[side])) + path
    }
    const rates = await ask(start('load-slices.js'), { urls, connections, requests, pairs: warmUp + pairs })
    return rates.slice(warmUp)
  })
}
