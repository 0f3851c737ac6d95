import { maxPrefetch } from '../executor.js'

/** ms after which prefetched sessions are withdrawn, if the one before them goes on. */
export const prefetchTimeout = 5

/**
 * The slots of one thread, one for each session that it may run at once. A thread that runs one at once has
 * more of them, for prefetched visits: they are sent before the thread is free, so that it need not wait for
 * the loop, nor be woken, between brief ones. They start in order, each when the one before it has ended, and
 * can be withdrawn until then.
 */
export class SlotTable {
  readonly slots: number
  readonly #concurrency: number
  readonly #free: number[]
  readonly #prefetched: number[] = []
  /** Withdrawn sessions that the worker has not come to yet: they keep their slot until then. */
  #withdrawn = 0
  /** Whether a session with a slot of its own runs. */
  #isBusy = false
  /** Whether sessions may be sent after the running one. */
  #allowsPrefetch = false
  /** When the running one started, as far as the loop knows; performance.now(). */
  #startedAt = 0

  constructor (concurrency: number) {
    this.#concurrency = concurrency
    this.slots = concurrency === 1 ? 1 + maxPrefetch : concurrency
    this.#free = Array.from({ length: this.slots }, (_, slot) => slot)
  }

  get isIdle (): boolean {
    return this.#free.length === this.slots
  }

  /** Slots that may be taken. */
  get free (): number {
    return this.#concurrency - this.taken + this.#withdrawn
  }

  /** Slots that have been taken. */
  get taken (): number {
    return this.slots - this.#free.length
  }

  get prefetchedCount (): number {
    return this.#prefetched.length
  }

  /** Slots of the prefetched sessions, in the order in which these start. */
  get prefetchedSlots (): number[] {
    return [...this.#prefetched]
  }

  /** Takes a free slot, of which there must be one. */
  take (allowsPrefetch: boolean): number {
    this.#isBusy = true
    this.#allowsPrefetch = allowsPrefetch
    this.#startedAt = performance.now()
    return this.#free.pop()!
  }

  /** A session that has run for long may run for longer: none is sent after it. */
  mayPrefetch (now: number): boolean {
    return this.#concurrency === 1 && this.#isBusy && this.#allowsPrefetch && this.#free.length > 0 &&
      now - this.#startedAt < prefetchTimeout
  }

  takePrefetched (): number {
    const slot = this.#free.pop()!
    this.#prefetched.push(slot)
    return slot
  }

  isPrefetched (slot: number): boolean {
    return this.#prefetched.includes(slot)
  }

  isOverdue (now: number): boolean {
    return this.#prefetched.length > 0 && now - this.#startedAt >= prefetchTimeout
  }

  /** The slot is taken until the worker has come to it. */
  withdraw (slot: number): void {
    this.#drop(slot)
    this.#withdrawn++
  }

  /** The worker has come to what was withdrawn. */
  releaseWithdrawn (slot: number): void {
    this.#withdrawn--
    this.#free.push(slot)
  }

  /** The session of the slot has ended. Gives the slot of the one that starts now; undefined for none. */
  end (slot: number): number | undefined {
    if (this.isPrefetched(slot)) {
      this.#drop(slot)
      return undefined
    }
    this.#startedAt = performance.now()
    const next = this.#prefetched.shift()
    this.#isBusy = next !== undefined
    return next
  }

  release (slot: number): void {
    this.#free.push(slot)
  }

  /** The thread is gone: no prefetched session starts any more. */
  close (): void {
    this.#prefetched.length = 0
  }

  #drop (slot: number): void {
    this.#prefetched.splice(this.#prefetched.indexOf(slot), 1)
  }
}
