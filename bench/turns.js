import { withContestants } from './measure.js'
import { median } from './median.js'
import { outcomeOf } from './outcome.js'
import { ratioOf } from './ratio.js'
import { rotate } from './rotate.js'

/**
 * Runs ours and the rivals by turns of some seconds, and gives the median of the ratios, one a round; that of the best
 * rounds of each side is told beside it. Each round has processes of its own: on which processor a server runs, and with
 * whom, is drawn anew.
 */
export async function takeTurns (comparison, { rounds = comparison.rounds, seconds }) {
  const { ours, rival, figure } = comparison
  const sides = [ours, rival].flat()
  const results = []
  for (let round = 0; round < rounds; round++) {
    const names = rotate(sides.length, round).map((side) => sides[side])
    await withContestants(names, async (measure) => {
      const result = {}
      // Warm-up: threads are there, and code is compiled, for which V8 wants to have seen it some thousand times.
      for (const name of names) {
        if (comparison.warmUp !== undefined) await measure(name, comparison.warmUp, 3)
        await warm((seconds) => measure(name, comparison, seconds), comparison.warmUpRequests)
      }
      for (const name of names) {
        result[name] = await measure(name, comparison, seconds)
        if (result[name].rate === 0) throw new Error(`${name} answered nothing within ${seconds} s: give it more --seconds`)
      }
      results.push([sides.map((name) => result[name])])
    })
  }
  const outcome = outcomeOf(comparison, results, (figures) => figure.best(...figures))
  return {
    ...outcome,
    means: `autocannon, ${rounds} rounds of ${seconds} s each after ${comparison.warmUpRequests === undefined ? '1 s' : `${comparison.warmUpRequests} requests, or ${longestWarmUp} s,`} of warm-up${comparison.warmUp === undefined ? '' : `, and 3 s of ${comparison.warmUp.path} before that`}; the figures are of the best rounds${figure.ran === undefined ? '' : describeRun(results.flat(), outcome.better, figure)}${outcome.others}`,
    best: ratioOf({ ...figure, of: ({ figure }) => figure }, [outcome.ours, outcome.rival])
  }
}

/** s */
const longestWarmUp = 12

/** Asks for 1 s, or until there have been so many requests: a slow machine needs longer until V8 has compiled what a request goes through. */
async function warm (measure, requests = 0) {
  let asked = 0
  for (let second = 0; second === 0 || (asked < requests && second < longestWarmUp); second++) asked += (await measure(1)).rate
}

/** For how long the loop had a processor, in the median; nothing where the system does not tell. */
function describeRun (results, better, { ran, unit, isTurned }) {
  const [ours, rival] = [0, better].map((side) => median(results.map((sides) => ran(sides[side]))))
  if (Number.isNaN(ours)) return ''
  const ratio = median(results.map((sides) => ratioOf({ of: ran, isTurned }, [sides[0], sides[better]])))
  return `; it had a processor for ${ours.toFixed(3)} and ${rival.toFixed(3)} ${unit}: ${ratio.toFixed(3)}`
}
