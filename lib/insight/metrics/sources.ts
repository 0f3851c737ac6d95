import type { TimesObserver } from '../../stats-types.js'
import type { Reading, Source } from './metric.js'

/** Where the metrics of registrations go: one registry, or one meter provider. */
export interface Exporter {
  /** Exports the metrics of a registration from now on. Throws if the target refuses them. */
  join (registration: string, source: Omit<Source, 'registration'>): Joined
}

/** A registration whose metrics are exported. */
export interface Joined {
  /** Makes the observer of a route or a function. */
  observe (route: string): TimesObserver
  leave (): void
}

/** The registrations that one exporter exports. */
export class Sources {
  readonly #sources = new Set<Source>()
  #readings: Reading[] | undefined

  get size (): number {
    return this.#sources.size
  }

  /** Adds a registration: another one of the same name has its number after it. */
  add (name: string, source: Omit<Source, 'registration'>): Source {
    const taken = new Set([...this.#sources].map(({ registration }) => registration))
    let registration = name
    for (let number = 2; taken.has(registration); number++) registration = `${name} #${number}`
    const added: Source = { ...source, registration }
    this.#sources.add(added)
    return added
  }

  delete (source: Source): void {
    this.#sources.delete(source)
  }

  /** Reads every registration: once for all metrics that are collected in one turn of the event loop. */
  read (): Reading[] {
    if (this.#readings === undefined) {
      this.#readings = [...this.#sources].map(({ registration, limits, stats, isSaturated }) =>
        ({ registration, limits, stats: stats(), isSaturated: isSaturated() }))
      queueMicrotask(() => { this.#readings = undefined })
    }
    return this.#readings
  }
}
