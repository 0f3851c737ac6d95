import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Counts, Times } from '../../stats-types.js'

const microsecondsPerHour = 3_600_000_000

/** Counts the requests of one route. */
export class Meter {
  completed = 0
  failed = 0
  readonly #wait = new Recorder()
  readonly #run = new Recorder()

  /** Records how long a request has waited for a slot, in ms. */
  recordWait (waited: number): void {
    this.#wait.record(waited)
  }

  /** Records how long a request has held its slot, in ms. */
  recordRun (ran: number): void {
    this.#run.record(ran)
  }

  read (): Counts {
    return {
      completed: this.completed,
      failed: this.failed,
      wait: this.#wait.read(),
      run: this.#run.read()
    }
  }

  /** Sums up several meters. */
  static total (meters: Iterable<Meter>): Counts {
    const total = new Meter()
    for (const meter of meters) {
      total.completed += meter.completed
      total.failed += meter.failed
      total.#wait.add(meter.#wait)
      total.#run.add(meter.#run)
    }
    return total.read()
  }
}

/** Records times in ms. The histogram takes 30 kB, so it is made when there is something to record. */
class Recorder {
  #histogram: RecordableHistogram | undefined

  record (milliseconds: number): void {
    this.#made.record(Math.max(1, Math.round(milliseconds * 1_000)))
  }

  add (other: Recorder): void {
    if (other.#histogram !== undefined) this.#made.add(other.#histogram)
  }

  get #made (): RecordableHistogram {
    this.#histogram ??= createHistogram({ lowest: 1, highest: microsecondsPerHour, figures: 2 })
    return this.#histogram
  }

  read (): Times {
    const histogram = this.#histogram
    if (histogram === undefined) return { count: 0, min: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 }
    const at = (percentile: number): number => histogram.percentile(percentile) / 1_000
    return {
      count: histogram.count,
      min: histogram.min / 1_000,
      mean: histogram.mean / 1_000,
      max: histogram.max / 1_000,
      p50: at(50),
      p90: at(90),
      p99: at(99)
    }
  }
}
