import type { VisitTimes } from '../stats-types.js'
import type { VisitAdvice } from './advice.js'

/** Number of visits from which on their times tell something. */
const enough = 100

/** Number of the last visits whose times are kept. */
const kept = 200

/** A handler waits if it is active for less than this share of its time. */
const waiting = 0.1

/** What the visits of a blocking route take, and whether the route had better stay on the loop. */
export class VisitCosts {
  readonly #route: string
  /** ms for which code may hold the event loop. */
  readonly #threshold: number
  readonly #ran: number[] = []
  readonly #active: number[] = []
  readonly #ways: number[] = []

  constructor (route: string, threshold: number) {
    this.#route = route
    this.#threshold = threshold
  }

  add ({ ran, active, way }: VisitTimes): void {
    keep(this.#ran, ran)
    keep(this.#active, active)
    if (way !== undefined) keep(this.#ways, way)
  }

  /** Returns undefined as long as the route is best in a worker, as far as is known. */
  read (): VisitAdvice | undefined {
    if (this.#ran.length < enough || this.#ways.length < enough) return undefined
    const [ran, active, way] = [this.#ran, this.#active, this.#ways].map((times) => percentile(times, 0.5)) as [
      number, number, number
    ]
    // One that holds the loop at times is worth its thread.
    if (percentile(this.#active, 0.99) >= this.#threshold) return undefined
    if (ran >= this.#threshold && active < waiting * ran) {
      return this.#advise('waits', { ran, active, way }, `waits for ${format(ran - active)} ms of the ` +
        `${format(ran)} ms that it has a thread`)
    }
    if (active >= way) return undefined
    return this.#advise('unmark', { ran, active, way }, `runs for ${format(active)} ms in its thread, and takes ` +
      `${format(way)} ms on the way there and back`)
  }

  #advise (
    kind: VisitAdvice['kind'], times: Pick<VisitAdvice, 'ran' | 'active' | 'way'>, what: string
  ): VisitAdvice {
    const requests = this.#ran.length
    return {
      kind, route: this.#route, ...times, requests, text: `${this.#route} ${what} (p50 of ${requests} requests); ` +
        'mark it blocking: false'
    }
  }
}

function keep (times: number[], time: number): void {
  times.push(time)
  if (times.length > kept) times.shift()
}

function percentile (times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(share * times.length)]!
}

function format (milliseconds: number): string {
  return milliseconds.toPrecision(2)
}
