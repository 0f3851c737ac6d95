import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Counts, Outcome, Times, TimesObserver } from '../../stats-types.js'

const microsecondsPerHour = 3_600_000_000

/** Counts the requests of one route. */
export class Meter implements Record<Outcome, number> {
  completed = 0
  failed = 0
  refused = 0
  timedOut = 0
  clientGone = 0
  /** Set if metrics are exported. */
  observer: TimesObserver | undefined
  readonly #wait = new TimesRecorder()
  readonly #run = new TimesRecorder()

  /** Whether there is anything to tell. */
  get isUsed (): boolean {
    return this.#wait.isUsed || this.completed + this.failed + this.refused + this.timedOut +
      this.clientGone > 0
  }

  /** Records how long a request has waited for a slot, in ms. */
  recordWait (waited: number): void {
    this.#wait.record(waited)
    this.observer?.waited(waited)
  }

  /** Records how long a request has held its slot, in ms. */
  recordRun (ran: number): void {
    this.#run.record(ran)
    this.observer?.ran(ran)
  }

  read (): Counts {
    const { completed, failed, refused, timedOut, clientGone } = this
    return {
      completed,
      failed,
      refused,
      timedOut,
      clientGone,
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
      total.refused += meter.refused
      total.timedOut += meter.timedOut
      total.clientGone += meter.clientGone
      total.#wait.add(meter.#wait)
      total.#run.add(meter.#run)
    }
    return total.read()
  }
}

/** Records times in ms. The histogram takes 30 kB, so it is made when there is something to record. */
class TimesRecorder {
  #histogram: RecordableHistogram | undefined
  /** The last result of read(), until there is another time. */
  #times: Times | undefined

  get isUsed (): boolean {
    return this.#histogram !== undefined
  }

  record (milliseconds: number): void {
    this.#times = undefined
    this.#made.record(Math.max(1, Math.round(milliseconds * 1_000)))
  }

  add (other: TimesRecorder): void {
    if (other.#histogram === undefined) return
    this.#times = undefined
    this.#made.add(other.#histogram)
  }

  get #made (): RecordableHistogram {
    this.#histogram ??= createHistogram({ lowest: 1, highest: microsecondsPerHour, figures: 2 })
    return this.#histogram
  }

  /** Each reading of a histogram goes through all of it: those of routes that rest are kept. */
  read (): Times {
    this.#times ??= this.#readHistogram()
    return { ...this.#times }
  }

  #readHistogram (): Times {
    const histogram = this.#histogram
    if (histogram === undefined) {
      return { count: 0, min: 0, mean: 0, max: 0, p50: undefined, p90: undefined, p99: undefined }
    }
    const { count, min, mean, max } = histogram
    const at = (percentile: number, least: number): number | undefined =>
      count < least ? undefined : histogram.percentile(percentile) / 1_000
    return {
      count,
      min: min / 1_000,
      mean: mean / 1_000,
      max: max / 1_000,
      p50: at(50, 2),
      p90: at(90, 10),
      p99: at(99, 100)
    }
  }
}
