import { median } from './median.js'
import { ratioOf } from './ratio.js'

/**
 * The outcome of rounds. Each round has turns, and each turn a sample of ours, followed by one of each rival. A round's
 * ratio is the median of its turns, and the result the median of the rounds. The better rival is the one whose figure is
 * better in the median of all turns. The figures beside the ratio are those that `summarize` makes of all turns.
 */
export function outcomeOf ({ figure, rival }, rounds, summarize = median) {
  const turns = rounds.flat()
  const samplesOf = (side) => turns.map((samples) => samples[side])
  const describeSide = (side) => ({
    figure: summarize(samplesOf(side).map(figure.of)),
    utilization: medianOf(samplesOf(side), ({ utilization }) => utilization),
    processor: processorOf(samplesOf(side))
  })
  const middles = turns[0].map((_, side) => median(samplesOf(side).map(figure.of)))
  const better = middles.indexOf(figure.best(...middles.slice(1)), 1)
  const ratios = rounds.map((samples) => median(samples.map((sides) => ratioOf(figure, [sides[0], sides[better]]))))
  return {
    ours: describeSide(0),
    rival: describeSide(better),
    better,
    others: Array.isArray(rival) ? describeRivals(rival, better, middles, figure) : '',
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)]
  }
}

function describeRivals (rivals, better, middles, { unit, digits }) {
  const others = rivals.flatMap((name, index) => index + 1 === better ? [] : [`${name} had ${middles[index + 1].toFixed(digits)} ${unit}`])
  return `; the better rival is ${rivals[better - 1]}, ${others.join(', ')}`
}

/** µs of a processor per request, of the loop and of all other threads of the server; undefined where that is not known. */
function processorOf (samples) {
  const [loop, others] = [({ ran }) => ran, ({ others }) => others].map((of) => medianOf(samples, of))
  return loop === undefined || others === undefined ? undefined : { loop: loop * 1_000, others: others * 1_000 }
}

function medianOf (samples, of) {
  const values = samples.map(of)
  return values.some((value) => value === undefined || Number.isNaN(value)) ? undefined : median(values)
}
