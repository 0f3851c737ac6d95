import { withContestants } from './measure.js'

/** Runs ours and the rival by turns, and gives the median of the ratios, one a round. */
export async function compare (comparison, rounds, seconds) {
  const { ours, rival, path, connections, figure, atLeast = 0, atMost = Infinity } = comparison
  const results = []
  await withContestants([ours, rival], async (measure) => {
    // Warm-up: code is compiled, threads are there.
    for (const name of [ours, rival]) await measure(name, path, connections, 2)
    for (let round = 0; round < rounds; round++) {
      results.push({
        ours: await measure(ours, path, connections, seconds),
        rival: await measure(rival, path, connections, seconds)
      })
    }
  })
  const ratios = results.map(({ ours, rival }) => figure.of(ours) / figure.of(rival))
  const ratio = median(ratios)
  return {
    ...comparison,
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ours: summarize(results.map(({ ours }) => ours), figure),
    rival: summarize(results.map(({ rival }) => rival), figure),
    met: ratio >= atLeast && ratio <= atMost
  }
}

function summarize (results, figure) {
  return { figure: median(results.map(figure.of)), utilization: median(results.map(({ utilization }) => utilization)) }
}

function median (numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
