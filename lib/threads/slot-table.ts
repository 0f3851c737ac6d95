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
  /** Number of slots. */
  readonly size: number
  readonly #concurrency: number
  #free: number[]
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
    this.size = concurrency === 1 ? 1 + maxPrefetch : concurrency
    this.#free = numberSlots(this.size)
  }

  get isIdle (): boolean {
    return this.#free.length === this.size
  }

  /** Number of slots in use. */
  get used (): number {
    return this.size - this.#free.length
  }

  /** How many sessions may start at once. */
  get available (): number {
    return this.#concurrency - this.used + this.#withdrawn
  }

  get prefetchedCount (): number {
    return this.#prefetched.length
  }

  /** Slots of the prefetched sessions, in the order in which these start. */
  get prefetchedSlots (): number[] {
    return [...this.#prefetched]
  }

  /** Allocates a slot, which must be available. */
  allocate (allowsPrefetch: boolean): number {
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

  allocatePrefetched (): number {
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

  /** The slot stays in use until the worker has come to it. */
  withdraw (slot: number): void {
    this.#removePrefetched(slot)
    this.#withdrawn++
  }

  /** The worker has come to a withdrawn session. */
  releaseWithdrawn (slot: number): void {
    this.#withdrawn--
    this.#free.push(slot)
  }

  /**
   * The session of the slot has ended. Gives the slot of the session that starts now; undefined for none.
   */
  end (slot: number): number | undefined {
    if (this.isPrefetched(slot)) {
      this.#removePrefetched(slot)
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

  /** The thread is gone: no slot is in use, and no prefetched session starts. */
  clear (): void {
    this.#prefetched.length = 0
    this.#withdrawn = 0
    this.#free = numberSlots(this.size)
  }

  #removePrefetched (slot: number): void {
    this.#prefetched.splice(this.#prefetched.indexOf(slot), 1)
  }
}

function numberSlots (size: number): number[] {
  return Array.from({ length: size }, (_, slot) => slot)
}
