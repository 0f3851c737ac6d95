import { withContestants } from './measure.js'

/**
 * Runs ours and the rival by turns. What else the machine does only ever slows a server down, so each side stands for
 * what it did in its best round; the median of the rounds' ratios is told beside it. Each round has processes of its
 * own: on which processor a server runs, and with whom, is drawn anew.
 */
export async function compare (comparison, rounds, seconds) {
  const { ours, rival, path, connections, figure, atLeast = 0, atMost = Infinity } = comparison
  const results = []
  for (let round = 0; round < rounds; round++) {
    const names = round % 2 === 0 ? [ours, rival] : [rival, ours]
    await withContestants(names, async (measure) => {
      const result = {}
      // Warm-up: code is compiled, threads are there.
      for (const name of names) await measure(name, path, connections, 1)
      for (const name of names) result[name] = await measure(name, path, connections, seconds)
      results.push({ ours: result[ours], rival: result[rival] })
    })
  }
  const best = (side) => figure.best(...results.map((result) => figure.of(result[side])))
  const ratios = results.map(({ ours, rival }) => figure.of(ours) / figure.of(rival))
  const ratio = best('ours') / best('rival')
  const busyShare = (side) => median(results.map((result) => result[side].utilization))
  return {
    ...comparison,
    ratio,
    median: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ours: { figure: best('ours'), utilization: busyShare('ours') },
    rival: { figure: best('rival'), utilization: busyShare('rival') },
    met: ratio >= atLeast && ratio <= atMost
  }
}

function median (numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
