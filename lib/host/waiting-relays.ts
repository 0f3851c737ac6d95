import type { Session } from '../executor.js'
import type { Relay } from './relay.js'

/** ms after which a session that waits is refused: its server may have a better place for it. */
const longestWait = 10

interface Waiting {
  relay: Relay
  /** performance.now() of its arrival. */
  since: number
}

/**
 * Sessions that wait in this process for a place in a thread, in the order in which they came: more than the
 * threads prefetch, so that these have work while the answers and the next sessions are under way.
 */
export class WaitingRelays {
  readonly #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  readonly #open: (relay: Relay) => Session | undefined

  /** `open`: see Relay.begin(). */
  constructor (open: (relay: Relay) => Session | undefined) {
    this.#open = open
  }

  get length (): number {
    return this.#waiting.length
  }

  add (relay: Relay): void {
    this.#waiting.push({ relay, since: performance.now() })
    this.#timer ??= setTimeout(() => this.#expire(), longestWait)
  }

  /** There may be a place again. */
  fill (): void {
    while (this.#waiting.length > 0) {
      // Taken out first: one that fails calls this again.
      const first = this.#waiting.shift()!
      if (!first.relay.isWaiting || this.#begin(first.relay)) continue
      this.#waiting.unshift(first)
      return
    }
  }

  #begin (relay: Relay): boolean {
    try {
      return relay.begin(this.#open)
    } catch (error) {
      relay.fail(error)
      return true
    }
  }

  #expire (): void {
    this.#timer = undefined
    const limit = performance.now() - longestWait
    while (this.#waiting.length > 0 && this.#waiting[0]!.since <= limit) this.#refuse(this.#waiting.shift()!)
    const [first] = this.#waiting
    if (first !== undefined) this.#timer = setTimeout(() => this.#expire(), Math.ceil(first.since - limit))
  }

  refuseAll (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const waiting of this.#waiting.splice(0)) this.#refuse(waiting)
  }

  #refuse ({ relay }: Waiting): void {
    if (relay.isWaiting) relay.refuse()
  }
}
