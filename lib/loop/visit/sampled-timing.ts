import type { VisitTimes } from '../../stats-types.js'
import type { VisitTiming } from './route-state.js'

/** Number of visits of a route that are timed from the first one on. */
const allUntil = 200

/** Later visits: one of so many is timed, since that costs a few hundredths of a brief visit. */
const interval = 16

/** Times visits of a route as often as advice needs it. */
export class SampledTiming implements VisitTiming {
  readonly #callback: (times: VisitTimes, visits: number) => void
  #visits = 0
  /** Visits since the last one that was timed. */
  #since = 0

  /** `visits`: how many there have been since the last call. */
  constructor (callback: (times: VisitTimes, visits: number) => void) {
    this.#callback = callback
  }

  isDue (): boolean {
    this.#since++
    return ++this.#visits <= allUntil || this.#visits % interval === 0
  }

  timed (times: VisitTimes): void {
    this.#callback(times, this.#since)
    this.#since = 0
  }
}
