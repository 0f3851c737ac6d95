import type { Open } from '../../wire/messages.js'
import type { WorkerVisit } from './visit.js'

/** Visits that came before the one that runs was over: each begins when the one before it is. */
export class PrefetchQueue {
  #latest: WorkerVisit | undefined
  readonly #waiting: Open[] = []
  readonly #open: (open: Open) => WorkerVisit | undefined
  readonly #startNext = (): void => {
    while (this.#waiting.length > 0 && this.#latest!.isOver) this.#start(this.#waiting.shift()!)
    if (this.#waiting.length > 0) this.#latest!.atEnd.push(this.#startNext)
  }

  /** `begin` gives nothing for what has been recalled. */
  constructor (begin: (open: Open) => WorkerVisit | undefined) {
    this.#open = begin
  }

  receive (open: Open): void {
    const mayBegin = open.isAhead !== true || (this.#waiting.length === 0 && this.#latest?.isOver !== false)
    if (mayBegin) return this.#start(open)
    this.#waiting.push(open)
    if (this.#waiting.length === 1) this.#latest!.atEnd.push(this.#startNext)
  }

  #start (open: Open): void {
    this.#latest = this.#open(open) ?? this.#latest
  }
}
