import { fork } from 'node:child_process'
import { once } from 'node:events'
import { withContestants } from './measure.js'

export async function compare (comparison, rounds, seconds) {
  return 'slices' in comparison ? await compareSlices(comparison) : await compareRounds(comparison, rounds, seconds)
}

/**
 * Runs ours and the rival by turns, and gives the median of the ratios, one a round; that of the best rounds of each
 * side is told beside it. Each round has processes of its own: on which processor a server runs, and with whom, is
 * drawn anew.
 */
async function compareRounds (comparison, rounds, seconds) {
  const { ours, rival, path, connections, figure } = comparison
  const results = []
  for (let round = 0; round < rounds; round++) {
    const names = round % 2 === 0 ? [ours, rival] : [rival, ours]
    await withContestants(names, async (measure) => {
      const result = {}
      // Warm-up: code is compiled, threads are there.
      for (const name of names) await measure(name, path, connections, 1)
      for (const name of names) result[name] = await measure(name, path, connections, seconds)
      results.push([result[ours], result[rival]])
    })
  }
  const best = (side) => figure.best(...results.map((result) => figure.of(result[side])))
  return judge(comparison, {
    best: best(0) / best(1),
    ratios: results.map(([ours, rival]) => figure.of(ours) / figure.of(rival)),
    figures: [best(0), best(1)],
    utilizations: [0, 1].map((side) => median(results.map((result) => result[side].utilization)))
  })
}

/** The median of the ratios of slices, after a quarter of them as warm-up. */
async function compareSlices (comparison) {
  const { ours, rival, path, slices } = comparison
  const child = fork(new URL('slices.js', import.meta.url), [ours, rival, path, String(slices)])
  const [all] = await once(child, 'message')
  await once(child, 'exit')
  const pairs = all.slice(slices / 4)
  const ratios = pairs.map(([ours, rival]) => ours / rival)
  return judge(comparison, {
    ratios,
    figures: [0, 1].map((side) => median(pairs.map((pair) => pair[side])))
  })
}

function judge (comparison, { ratios, best, figures, utilizations = [] }) {
  const ratio = median(ratios)
  const { atLeast = 0, atMost = Infinity } = comparison
  const [ours, rival] = figures.map((figure, side) => ({ figure, utilization: utilizations[side] }))
  return {
    ...comparison,
    ours,
    rival,
    ratio,
    best,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    met: ratio >= atLeast && ratio <= atMost
  }
}

function median (numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
