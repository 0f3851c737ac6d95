import type { Run, WorkerReading } from '../executor.js'
import type { RunSample } from './protocol.js'

interface Sum {
  /** ms */
  time: number
  count: number
  lost: number
}

/** Sums up what the workers of one registration run in one interval, by worker and label. */
export class RunTimes {
  readonly #sums = new Map<number, Map<string, Sum>>()
  /** Start of the interval; performance.now(). */
  #from = performance.now()

  /** A run is over. */
  add (worker: number, { label, startedAt }: Run, isLost: boolean): void {
    const sum = this.#sumOf(worker, label)
    sum.time += performance.now() - Math.max(startedAt, this.#from)
    sum.count++
    if (isLost) sum.lost++
  }

  /** Ends the interval, and begins the next one. Returns the runs by worker, also of those gone. */
  take (workers: readonly WorkerReading[]): Map<number, RunSample[]> {
    const now = performance.now()
    for (const { worker, running } of workers) {
      for (const { label, startedAt } of running) {
        this.#sumOf(worker, label).time += now - Math.max(startedAt, this.#from)
      }
    }
    const taken = new Map([...this.#sums].map(([worker, byLabel]) => [worker, [...byLabel].map(toSample)]))
    this.#sums.clear()
    this.#from = now
    return taken
  }

  #sumOf (worker: number, label: string): Sum {
    let byLabel = this.#sums.get(worker)
    if (byLabel === undefined) this.#sums.set(worker, byLabel = new Map())
    let sum = byLabel.get(label)
    if (sum === undefined) byLabel.set(label, sum = { time: 0, count: 0, lost: 0 })
    return sum
  }
}

function toSample ([label, { time, count, lost }]: [string, Sum]): RunSample {
  return [label, roundTime(time), count, lost]
}

/** Rounds ms to tenths: a sample is kept for long, and sent to each page. */
export function roundTime (milliseconds: number): number {
  return Math.round(10 * milliseconds) / 10
}
