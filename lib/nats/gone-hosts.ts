import type { WorkerCounts } from '../executor.js'

/** Counts of threads that never fall. */
const totals = ['killed', 'retirements', 'recycled', 'boots', 'failedBoots', 'bootTime'] as const

export type Totals = Pick<WorkerCounts, typeof totals[number]>

/** The counts of hosts that are gone, so that those of all hosts do not fall. */
export class GoneHosts {
  readonly #counts = new Map<string, Totals>()

  /** `id`: of a host, by which it is known if it comes back. */
  add (id: string, counts: Totals): void {
    this.#counts.set(id, counts)
  }

  /** The host is there again, with its counts. */
  delete (id: string): void {
    this.#counts.delete(id)
  }

  addTo (counts: WorkerCounts): WorkerCounts {
    const sums = { ...counts }
    for (const name of totals) for (const gone of this.#counts.values()) sums[name] += gone[name]
    return sums
  }
}
