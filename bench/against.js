import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The comparison of this build with that of another checkout: the rival is ours, as the bench of that checkout has it. */
export function against (folder, comparison) {
  const { inProcess, ours = inProcess, figure, rounds } = comparison
  const isTurned = figure.best === Math.min
  return {
    ...comparison,
    title: `this build against the one in ${folder}`,
    labels: ['this ', 'other'],
    ratioIs: isTurned ? 'other / this, so that higher is better' : 'this / other',
    ours,
    rival: pathToFileURL(join(folder, 'bench', inProcess === undefined ? 'contestants' : 'in-process', ours)).href,
    figure: { ...figure, isTurned },
    rounds: rounds + rounds % 2, // each side is first as often as the other
    atLeast: 0.97,
    atMost: undefined
  }
}
