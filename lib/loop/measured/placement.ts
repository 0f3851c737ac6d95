import type { Side } from '../../dependencies/plan.js'
import type { VisitTimes } from '../../stats-types.js'

/*
 * The rule of dispatch "measured": on which side the handler of a route runs. Times come in, moves come out.
 */

/** How many requests are looked at: the last ones on the loop, or in a worker. */
export const windowSize = 20
/** In so many of them the handler has held the event loop for too long: the route moves to a worker. */
export const holdsToMove = 3
/** How often a route may come back because its runs in a worker are brief. */
export const maxReturns = 2

export type Move = MoveToWorker | Return | Refusal

export interface MoveToWorker {
  to: 'worker'
  /** The longest hold, in ms. */
  longest: number
  holds: number
  /** How many requests were looked at. */
  of: number
  /** Whether the route stays in workers from now on. */
  isFinal: boolean
}

/** The runs in a worker have been shorter than the way there and back. Both are medians, in ms. */
export interface Return {
  to: 'loop'
  run: number
  way: number
}

/** The route is on the loop for good. */
export interface Refusal {
  to: 'loop'
  reason: string
}

/** The side of one route. */
export class Placement {
  #side: Side = 'loop'
  #isFinal = false
  #returns = 0
  #isFirst = true
  /** ms for which the last requests have held the event loop, in turn; 0 for less than the threshold. */
  readonly #held = new Float64Array(windowSize)
  #count = 0
  #holds = 0
  /** The end of the latest hold that counts: a hold that begins before it is part of that one. */
  #heldUntil = -Infinity
  /** Requests whose holds do not count, or not any more. */
  readonly #counted = new WeakSet<object>()
  /** ms that the last visits have run, and have been on the way. */
  #runs: number[] = []
  #ways: number[] = []
  /** ms */
  readonly #threshold: number

  /** `threshold` in ms. */
  constructor (threshold: number) {
    this.#threshold = threshold
  }

  get side (): Side {
    return this.#side
  }

  /**
   * The synchronous part of a handler has run on the loop. The first request of all does not count: it loads
   * what is loaded once.
   */
  ranOnLoop (request: object, from: number, until: number): MoveToWorker | undefined {
    if (this.#isFinal || this.#side === 'worker') return undefined
    if (this.#isFirst) {
      this.#isFirst = false
      this.#counted.add(request)
      return undefined
    }
    const index = this.#count++ % windowSize
    if (this.#held[index]! > 0) this.#holds--
    this.#held[index] = 0
    if (until - from < this.#threshold) return undefined
    return this.#addHold(index, from, until, request)
  }

  /** Code of a request has held the loop after the synchronous part of the handler. */
  heldLoop (request: object, from: number, duration: number): MoveToWorker | undefined {
    if (this.#isFinal || this.#side === 'worker' || this.#count === 0) return undefined
    if (duration < this.#threshold || from < this.#heldUntil) return undefined
    if (this.#counted.has(request)) return undefined
    const oldest = Math.max(0, this.#count - windowSize)
    for (let entry = this.#count - 1; entry >= oldest; entry--) {
      const index = entry % windowSize
      if (this.#held[index] === 0) return this.#addHold(index, from, from + duration, request)
    }
    return undefined
  }

  #addHold (index: number, from: number, until: number, request: object): MoveToWorker | undefined {
    this.#heldUntil = until
    this.#counted.add(request)
    this.#held[index] = until - from
    if (++this.#holds < holdsToMove) return undefined
    this.#isFinal = this.#returns === maxReturns
    const longest = Math.max(...this.#held)
    const of = Math.min(this.#count, windowSize)
    this.#side = 'worker'
    this.#startAgain()
    return { to: 'worker', longest, holds: holdsToMove, of, isFinal: this.#isFinal }
  }

  /**
   * A request has run in a worker. The ways are longer where something else holds the loop: so each run has
   * to be below the threshold too.
   */
  ranInWorker ({ active, way }: VisitTimes): Return | undefined {
    if (this.#isFinal || this.#side === 'loop' || way === undefined) return undefined
    if (active >= this.#threshold) {
      this.#startAgain()
      return undefined
    }
    this.#runs.push(active)
    this.#ways.push(way)
    if (this.#runs.length < windowSize) return undefined
    const [run, medianWay] = [median(this.#runs), median(this.#ways)]
    if (run >= medianWay) {
      this.#startAgain()
      return undefined
    }
    this.#side = 'loop'
    this.#returns++
    this.#startAgain()
    return { to: 'loop', run, way: medianWay }
  }

  /** The route cannot run in a worker. */
  refuse (reason: string): Refusal | undefined {
    if (this.#isFinal && this.#side === 'loop') return undefined
    this.#side = 'loop'
    this.#isFinal = true
    return { to: 'loop', reason }
  }

  #startAgain (): void {
    this.#held.fill(0)
    this.#count = this.#holds = 0
    this.#runs = []
    this.#ways = []
  }
}

function median (values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
}
