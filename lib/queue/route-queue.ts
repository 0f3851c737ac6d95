import { mostAhead, type Slot } from '../executor.js'

/** A request that asks for a slot. */
export interface Candidate {
  readonly lane: Lane
  /** Neighbours in the lane while it waits; the lane's to write. */
  previous: Candidate | undefined
  next: Candidate | undefined
  waiting: boolean
  /** performance.now() of its arrival. */
  arrivedAt: number
  /** Whether it is one message to a thread, and one back: others may be sent after it, and it after others. */
  readonly isOnePass: boolean
  enter (slot: Slot): void
  refuse (error: Error): void
}

/** Visits over which a mean run time moves. */
export const meanOver = 16

/** ms. What takes longer is not worth it to be sent ahead; what does not is over long before it would be recalled, see places.ts. */
const brief = 2

/** The requests of one route that wait, in the order of their arrival. Any of them leaves in constant time. */
export class Lane {
  head: Candidate | undefined
  running = 0
  #length = 0
  #tail: Candidate | undefined
  /** In ms. Long, until it is known: about a hundred brief ones tell. */
  #meanRun = 1_000

  constructor (readonly route: string, readonly priority: number, readonly concurrency: number) {}

  get isOpen (): boolean {
    return this.running < this.concurrency
  }

  /** Of those that wait, how many may run as far as the lane is concerned. */
  get ready (): number {
    return Math.min(this.#length, this.concurrency - this.running)
  }

  /** How many may be ahead at one thread. */
  get ahead (): number {
    return Math.min(mostAhead, Math.floor(brief / this.#meanRun))
  }

  /** One of them has had a slot for so many ms. */
  ran (time: number): void {
    this.#meanRun += (time - this.#meanRun) / meanOver
  }

  push (candidate: Candidate): void {
    this.#length++
    candidate.waiting = true
    candidate.previous = this.#tail
    if (this.#tail === undefined) this.head = candidate
    else this.#tail.next = candidate
    this.#tail = candidate
  }

  /** Puts one back that had left: before whoever came after it, which are all but others that were put back. */
  putBack (candidate: Candidate): void {
    let next = this.head
    while (next !== undefined && next.arrivedAt < candidate.arrivedAt) next = next.next
    if (next === undefined) return this.push(candidate)
    this.#length++
    candidate.waiting = true
    candidate.next = next
    candidate.previous = next.previous
    if (next.previous === undefined) this.head = candidate
    else next.previous.next = candidate
    next.previous = candidate
  }

  remove (candidate: Candidate): void {
    this.#length--
    const { previous, next } = candidate
    if (previous === undefined) this.head = next
    else previous.next = next
    if (next === undefined) this.#tail = previous
    else next.previous = previous
    candidate.previous = candidate.next = undefined
    candidate.waiting = false
  }
}
