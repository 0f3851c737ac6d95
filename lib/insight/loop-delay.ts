import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** ms between two looks; a look that comes on time counts as no delay. */
const resolution = 20

/** By how much timers were late, in ms. */
export interface DelayReading {
  p50: number
  p99: number
  max: number
}

/** Measures how late timers of this thread are. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram

  constructor () {
    this.#histogram = monitorEventLoopDelay({ resolution })
    this.#histogram.enable()
  }

  /** Returns the delays since the last call; undefined if there was no look yet. */
  read (): DelayReading | undefined {
    const histogram = this.#histogram
    const { count, max } = histogram
    const toDelay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution)
    const reading = count === 0
      ? undefined
      : {
          p50: toDelay(histogram.percentile(50)),
          p99: toDelay(histogram.percentile(99)),
          max: toDelay(max)
        }
    histogram.reset()
    return reading
  }

  stop (): void {
    this.#histogram.disable()
  }
}
