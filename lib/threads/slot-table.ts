import { maxPrefetch } from '../executor.js'

/** ms after which what is ahead is recalled, if what is before it goes on. */
export const prefetchTimeout = 5

/**
 * The places of one thread, one for each visit or call that it may have at once. Where that is one, there are more of them for visits that
 * are ahead: sent before the thread is free, so that between brief ones it need not wait for the loop, nor be woken. They begin in this
 * order, each when the one before it is over, and can be recalled until then. A place has a number, the slot.
 */
export class SlotTable {
  readonly slots: number
  readonly #concurrency: number
  readonly #free: number[]
  /** By slot, how many have had it. */
  readonly #generations: number[]
  readonly #prefetched: number[] = []
  /** How many were recalled that the worker has not come to yet: they have their place until then. */
  #withdrawn = 0
  /** Whether anything runs, but what it has left running. */
  #isBusy = false
  /** Whether anything may be sent after that. */
  #allowsPrefetch = false
  /** When that began, as far as the loop knows; performance.now(). */
  #startedAt = 0

  constructor (atOnce: number) {
    this.#concurrency = atOnce
    this.slots = atOnce === 1 ? 1 + maxPrefetch : atOnce
    this.#free = Array.from({ length: this.slots }, (_, slot) => slot)
    this.#generations = this.#free.map(() => 0)
  }

  get isIdle (): boolean {
    return this.#free.length === this.slots
  }

  /** How many may be taken. */
  get free (): number {
    return this.#concurrency - this.taken + this.#withdrawn
  }

  /** How many have been. */
  get taken (): number {
    return this.slots - this.#free.length
  }

  get prefetchedCount (): number {
    return this.#prefetched.length
  }

  /** Their slots, in order. */
  get prefetchedSlots (): number[] {
    return [...this.#prefetched]
  }

  take (isFollowed: boolean): number | undefined {
    this.#isBusy = true
    this.#allowsPrefetch = isFollowed
    this.#startedAt = performance.now()
    return this.#free.pop()
  }

  /** What has run for long may run for longer. */
  mayPrefetch (now: number): boolean {
    return this.#concurrency === 1 && this.#isBusy && this.#allowsPrefetch && this.#free.length > 0 && now - this.#startedAt < prefetchTimeout
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

  /** It is ahead no more, and nobody's. */
  withdraw (slot: number): void {
    this.#drop(slot)
    this.#withdrawn++
    this.#generations[slot]!++
  }

  /** The worker has come to what was recalled. */
  releaseWithdrawn (slot: number): void {
    this.#withdrawn--
    this.#free.push(slot)
  }

  /** What had it is over. Gives the slot of who is next, unless that was ahead itself. */
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
    this.#generations[slot]!++
    this.#free.push(slot)
  }

  /** Changes with everyone who has the slot. */
  generationOf (slot: number): number {
    return this.#generations[slot]!
  }

  /** The thread is gone: none is next. */
  close (): void {
    this.#prefetched.length = 0
  }

  #drop (slot: number): void {
    this.#prefetched.splice(this.#prefetched.indexOf(slot), 1)
  }
}
