import { Closing, QueueFull, QueueTimeout } from '../errors.js'
import type { Executor, Slot } from '../executor.js'
import { type Candidate, type Lane, meanOver } from './route-queue.js'

/**
 * The queue before the threads: bounded, first come first served within a priority, and no route takes more slots
 * than its `concurrency`. Piscina's own queue stays empty.
 */
export class Admission {
  #waiting = 0
  #timer: NodeJS.Timeout | undefined
  #closing = false
  #meanRun = 0
  readonly #lanes = new Set<Lane>()
  /** Of the lanes that have ever waited. */
  #highest = -Infinity

  constructor (readonly executor: Executor, readonly limits: { max: number, timeout: number }) {
    executor.onFree(() => this.#fill())
  }

  get length (): number {
    return this.#waiting
  }

  /** The candidate enters now, later, or is refused. */
  request (candidate: Candidate): void {
    const { lane } = candidate
    if (this.#closing) return candidate.refuse(new Closing(lane.route))
    if (this.#waiting === 0 && lane.isOpen) {
      const slot = this.executor.take(this.#aheadOf(candidate) > 0)
      if (slot !== undefined) return enter(candidate, slot)
    }
    if (this.#waiting >= this.limits.max) return candidate.refuse(new QueueFull(lane.route, this.limits.max))
    this.#add(lane)
    lane.push(candidate)
    this.#waiting++
    // Others may wait for a lane of theirs alone, while there is a slot for this one.
    this.#fill()
    if (candidate.waiting) this.#timer ??= setTimeout(() => this.#expire(), this.limits.timeout)
  }

  /** The candidate does not want to wait any longer. */
  withdraw (candidate: Candidate): void {
    candidate.lane.remove(candidate)
    this.#left()
  }

  /** A visit of this lane has settled, having held its slot for so many ms. */
  release (lane: Lane, ran: number): void {
    lane.running--
    lane.ran(ran)
    this.#meanRun += (ran - this.#meanRun) / meanOver
    this.#fill()
  }

  /** A candidate has entered in vain, and wants nothing any more. */
  forgo (lane: Lane): void {
    lane.running--
    this.#fill()
  }

  /** A candidate has entered in vain, since its worker was ending, or busy for longer than expected: it is the first of its lane again. */
  readmit (candidate: Candidate): void {
    const { lane } = candidate
    lane.running--
    if (this.#closing) return candidate.refuse(new Closing(lane.route))
    this.#add(lane)
    lane.putBack(candidate)
    this.#waiting++
    this.#fill()
    if (!candidate.waiting) return
    // It has waited for longer than those that the timer knows.
    clearTimeout(this.#timer)
    this.#expire()
  }

  /** Whole seconds in which the queue should have passed, at least 1. */
  get retryAfter (): number {
    return Math.max(1, Math.ceil(this.#waiting * this.#meanRun / this.executor.capacity / 1_000))
  }

  get isClosing (): boolean {
    return this.#closing
  }

  /** Refuses whoever waits, and whoever comes. */
  close (): void {
    this.#closing = true
    for (const lane of this.#lanes) {
      while (lane.head !== undefined) this.#refuse(lane.head, new Closing(lane.route))
    }
  }

  #fill (): void {
    while (this.#waiting > 0) {
      const candidate = this.#next()
      if (candidate === undefined) return
      const slot = this.#find(candidate)
      if (slot === undefined) return
      this.withdraw(candidate)
      enter(candidate, slot)
    }
  }

  /** A free slot, or one that soon is. */
  #find (candidate: Candidate): Slot | undefined {
    const ahead = this.#aheadOf(candidate)
    const slot = this.executor.take(ahead > 0)
    if (slot !== undefined) return slot
    this.executor.want(this.#ready)
    return ahead > 0 ? this.executor.takeAhead(ahead) : undefined
  }

  /** Not where it would come before one of a higher priority. */
  #aheadOf ({ lane, isOnePass }: Candidate): number {
    return isOnePass && lane.priority >= this.#highest ? lane.ahead : 0
  }

  #add (lane: Lane): void {
    this.#lanes.add(lane)
    this.#highest = Math.max(this.#highest, lane.priority)
  }

  get #ready (): number {
    let ready = 0
    for (const lane of this.#lanes) ready += lane.ready
    return ready
  }

  /** Of the open lanes with the highest priority, the request that came first. */
  #next (): Candidate | undefined {
    let next: Candidate | undefined
    for (const { head, isOpen, priority } of this.#lanes) {
      if (head === undefined || !isOpen) continue
      if (next === undefined || priority > next.lane.priority ||
        (priority === next.lane.priority && head.arrivedAt < next.arrivedAt)) next = head
    }
    return next
  }

  /** All wait equally long, so the first of each lane are the first to go: one timer serves the whole queue. */
  #expire (): void {
    const limit = performance.now() - this.limits.timeout
    let oldest = Infinity
    for (const lane of this.#lanes) {
      while (lane.head !== undefined && lane.head.arrivedAt <= limit) {
        this.#refuse(lane.head, new QueueTimeout(lane.route, this.limits.timeout))
      }
      oldest = Math.min(oldest, lane.head?.arrivedAt ?? Infinity)
    }
    this.#timer = oldest === Infinity ? undefined : setTimeout(() => this.#expire(), Math.ceil(oldest - limit))
  }

  #refuse (candidate: Candidate, error: Error): void {
    this.withdraw(candidate)
    candidate.refuse(error)
  }

  #left (): void {
    if (--this.#waiting > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function enter (candidate: Candidate, slot: Slot): void {
  candidate.lane.running++
  candidate.enter(slot)
}
