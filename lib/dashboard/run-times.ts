import type { Run, WorkerReading } from '../executor.js'
import type { RunSample } from './protocol.js'

/** Sums up what the workers of one registration run in one interval, by worker and label. */
export class RunTimes {
  readonly #samples = new Map<number, Map<string, RunSample>>()
  /** Start of the interval; performance.now(). */
  #from = performance.now()

  /** A run is over. */
  add (worker: number, { label, startedAt }: Run, isLost: boolean): void {
    const sample = this.#sampleOf(worker, label)
    sample.time += performance.now() - Math.max(startedAt, this.#from)
    sample.count++
    if (isLost) sample.lost++
  }

  /** Ends the interval, and begins the next one. Returns what has run, by worker: also in those gone. */
  take (workers: readonly WorkerReading[]): Map<number, RunSample[]> {
    const now = performance.now()
    for (const { worker, running } of workers) {
      for (const { label, startedAt } of running) {
        this.#sampleOf(worker, label).time += now - Math.max(startedAt, this.#from)
      }
    }
    const taken = new Map([...this.#samples].map(([worker, byLabel]) => [worker, [...byLabel.values()]]))
    this.#samples.clear()
    this.#from = now
    return taken
  }

  #sampleOf (worker: number, label: string): RunSample {
    let byLabel = this.#samples.get(worker)
    if (byLabel === undefined) this.#samples.set(worker, byLabel = new Map())
    let sample = byLabel.get(label)
    if (sample === undefined) byLabel.set(label, sample = { label, time: 0, count: 0, lost: 0 })
    return sample
  }
}
