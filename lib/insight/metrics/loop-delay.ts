import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Sample } from './table.js'

/** ms between two looks; a look that comes on time counts as no delay. */
const resolution = 20

/** Measures how late timers of this thread are. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram

  constructor () {
    this.#histogram = monitorEventLoopDelay({ resolution })
    this.#histogram.enable()
  }

  /** Returns the delays since the last call, in seconds, by quantile; none if there was no look yet. */
  read (): Sample[] {
    const histogram = this.#histogram
    const { count, max } = histogram
    const at = (nanoseconds: number, quantile: string): Sample =>
      [Math.max(0, nanoseconds / 1e6 - resolution) / 1_000, { quantile }]
    const samples = count === 0
      ? []
      : [at(histogram.percentile(50), '0.5'), at(histogram.percentile(99), '0.99'), at(max, '1')]
    histogram.reset()
    return samples
  }

  stop (): void {
    this.#histogram.disable()
  }
}
