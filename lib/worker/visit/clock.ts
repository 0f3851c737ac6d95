import type { WorkerTimes } from '../../wire/messages.js'

/**
 * Measures a visit from now on. Where a worker may have several visits at once, the active time of its event
 * loop is that of all of them.
 */
export class VisitClock {
  readonly #startedAt = performance.now()
  readonly #utilization = performance.eventLoopUtilization()

  read (): WorkerTimes {
    return [
      performance.now() - this.#startedAt, performance.eventLoopUtilization(this.#utilization).active
    ]
  }
}
