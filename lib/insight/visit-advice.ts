import type { VisitTimes } from '../stats-types.js'
import type { VisitAdvice } from './advice.js'
import { writeRouteLine } from './change-line.js'

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
    const requests = this.#ran.length
    if (requests < enough || this.#ways.length < enough) return undefined
    // A handler that holds the loop at times is worth its thread.
    if (percentile(this.#active, 0.99) >= this.#threshold) return undefined
    const ran = percentile(this.#ran, 0.5)
    const active = percentile(this.#active, 0.5)
    const way = percentile(this.#ways, 0.5)
    if (ran >= this.#threshold && active < waiting * ran) {
      const what = `waits for ${format(ran - active)} ms of the ${format(ran)} ms that it has a thread`
      return this.#advise('waits', what, { ran, active, way, requests })
    }
    if (active >= way) return undefined
    const what = `runs for ${format(active)} ms in its thread, and takes ${format(way)} ms on the way ` +
      'there and back'
    return this.#advise('unmark', what, { ran, active, way, requests })
  }

  #advise (
    kind: VisitAdvice['kind'], what: string, times: Omit<VisitAdvice, 'kind' | 'route' | 'text' | 'line'>
  ): VisitAdvice {
    const route = this.#route
    const text = `${route} ${what} (p50 of ${times.requests} requests); mark it blocking: false`
    return { kind, route, ...times, text, line: writeRouteLine(route, 'false') }
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
  return milliseconds < 10 ? milliseconds.toPrecision(2) : String(Math.round(milliseconds))
}
