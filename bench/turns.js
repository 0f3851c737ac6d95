import { withContestants } from './measure.js'
import { median } from './median.js'
import { ratioOf } from './ratio.js'

/**
 * Runs ours and the rival by turns of some seconds, and gives the median of the ratios, one a round; that of the best
 * rounds of each side is told beside it. Each round has processes of its own: on which processor a server runs, and with
 * whom, is drawn anew.
 */
export async function takeTurns (comparison, { rounds = comparison.rounds, seconds }) {
  const { ours, rival, figure } = comparison
  const results = []
  for (let round = 0; round < rounds; round++) {
    const names = round % 2 === 0 ? [ours, rival] : [rival, ours]
    await withContestants(names, async (measure) => {
      const result = {}
      // Warm-up: threads are there, and code is compiled, for which V8 wants to have seen it some thousand times.
      for (const name of names) {
        if (comparison.warmUp !== undefined) await measure(name, comparison.warmUp, 3)
        await measure(name, comparison, 1)
      }
      for (const name of names) {
        result[name] = await measure(name, comparison, seconds)
        if (result[name].rate === 0) throw new Error(`${name} answered nothing within ${seconds} s: give it more --seconds`)
      }
      results.push([result[ours], result[rival]])
    })
  }
  const best = (side) => figure.best(...results.map((result) => figure.of(result[side])))
  const ratios = results.map((sides) => ratioOf(figure, sides))
  const [oursSeen, rivalSeen] = [0, 1].map((side) => ({
    figure: best(side),
    utilization: median(results.map((result) => result[side].utilization))
  }))
  return {
    means: `autocannon, ${rounds} rounds of ${seconds} s each after 1 s of warm-up${comparison.warmUp === undefined ? '' : `, and 3 s of ${comparison.warmUp.path} before that`}; the figures are of the best rounds${figure.ran === undefined ? '' : describeRun(results, figure)}`,
    ours: oursSeen,
    rival: rivalSeen,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    best: ratioOf({ ...figure, of: best }, [0, 1])
  }
}

/** For how long the loop had a processor, in the median; nothing where the system does not tell. */
function describeRun (results, { ran, unit, isTurned }) {
  const [ours, rival] = [0, 1].map((side) => median(results.map((sides) => ran(sides[side]))))
  if (Number.isNaN(ours)) return ''
  const ratio = median(results.map((sides) => ratioOf({ of: ran, isTurned }, sides)))
  return `; it had a processor for ${ours.toFixed(3)} and ${rival.toFixed(3)} ${unit}: ${ratio.toFixed(3)}`
}
