import { mostAhead } from '../executor.js'

/** ms after which what is ahead is recalled, if what is before it goes on. */
export const patience = 5

/**
 * The places of one thread, one for each visit or call that it may have at once. Where that is one, there are more of them for visits that
 * are ahead: sent before the thread is free, so that between brief ones it need not wait for the loop, nor be woken. They begin in this
 * order, each when the one before it is over, and can be recalled until then. A place has a number, the slot.
 */
export class Places {
  readonly slots: number
  readonly #atOnce: number
  readonly #free: number[]
  /** By slot, how many have had it. */
  readonly #generations: number[]
  readonly #ahead: number[] = []
  /** How many were recalled that the worker has not come to yet: they have their place until then. */
  #recalled = 0
  /** Whether anything runs, but what it has left running. */
  #isBusy = false
  /** Whether anything may be sent after that. */
  #isFollowed = false
  /** When that began, as far as the loop knows; performance.now(). */
  #since = 0

  constructor (atOnce: number) {
    this.#atOnce = atOnce
    this.slots = atOnce === 1 ? 1 + mostAhead : atOnce
    this.#free = Array.from({ length: this.slots }, (_, slot) => slot)
    this.#generations = this.#free.map(() => 0)
  }

  get isIdle (): boolean {
    return this.#free.length === this.slots
  }

  /** How many may be taken. */
  get free (): number {
    return this.#atOnce - this.taken + this.#recalled
  }

  /** How many have been. */
  get taken (): number {
    return this.slots - this.#free.length
  }

  get ahead (): number {
    return this.#ahead.length
  }

  /** Their slots, in order. */
  get allAhead (): number[] {
    return [...this.#ahead]
  }

  take (isFollowed: boolean): number | undefined {
    this.#isBusy = true
    this.#isFollowed = isFollowed
    this.#since = performance.now()
    return this.#free.pop()
  }

  /** What has run for long may run for longer. */
  mayBeSentAhead (now: number): boolean {
    return this.#atOnce === 1 && this.#isBusy && this.#isFollowed && this.#free.length > 0 && now - this.#since < patience
  }

  takeAhead (): number {
    const slot = this.#free.pop()!
    this.#ahead.push(slot)
    return slot
  }

  isAhead (slot: number): boolean {
    return this.#ahead.includes(slot)
  }

  isOverdue (now: number): boolean {
    return this.#ahead.length > 0 && now - this.#since >= patience
  }

  /** It is ahead no more, and nobody's. */
  recall (slot: number): void {
    this.#drop(slot)
    this.#recalled++
    this.#generations[slot]!++
  }

  /** The worker has come to what was recalled. */
  forget (slot: number): void {
    this.#recalled--
    this.#free.push(slot)
  }

  /** What had it is over. Gives the slot of who is next, unless that was ahead itself. */
  end (slot: number): number | undefined {
    if (this.isAhead(slot)) {
      this.#drop(slot)
      return undefined
    }
    this.#since = performance.now()
    const next = this.#ahead.shift()
    this.#isBusy = next !== undefined
    return next
  }

  vacate (slot: number): void {
    this.#generations[slot]!++
    this.#free.push(slot)
  }

  /** Changes with everyone who has the slot. */
  generationOf (slot: number): number {
    return this.#generations[slot]!
  }

  /** The thread is gone: none is next. */
  close (): void {
    this.#ahead.length = 0
  }

  #drop (slot: number): void {
    this.#ahead.splice(this.#ahead.indexOf(slot), 1)
  }
}
