import type { Advice, HeldTimes } from './advice.js'
import type { Place } from './place.js'
import type { Stall } from './stall-detector.js'

/** Number of the last times that percentiles are taken of. */
const keptTimes = 1_000

/** Share of the time before a stall, in comparison with it, from which on a handler mostly waits. */
const mostlyWaiting = 4

/** How often one place of the code has held the loop, in the requests of one route. */
export class HeldCode {
  readonly place: Place | undefined
  readonly route: string | undefined
  readonly #isBeforeHandler: boolean
  readonly #isOnLoop: boolean
  readonly #held: number[] = []
  readonly #requests = new WeakSet()
  #count = 0
  #sum = 0
  #waited = 0

  constructor (route: string | undefined, place: Place | undefined, stall: Stall, isOnLoop: boolean) {
    this.route = route
    this.place = place
    this.#isBeforeHandler = stall.isBeforeHandler
    this.#isOnLoop = isOnLoop
  }

  add ({ held, handled, waited }: Stall): void {
    this.#sum += held
    this.#waited += waited
    this.#held.push(held)
    if (this.#held.length > keptTimes) this.#held.shift()
    if (handled === undefined) this.#count++
    else if (!this.#requests.has(handled.request)) {
      this.#requests.add(handled.request)
      this.#count++
    }
  }

  /** Whether it is more than a chance: a first call loads and compiles. `threshold` in ms. */
  isCertain (threshold: number): boolean {
    return this.#count >= 3 || this.#sum >= 10 * threshold
  }

  /** `started`: how many requests of the route have reached their handler. */
  read (started: number): Advice {
    const requests = Math.max(started, this.#count)
    const held = this.#readTimes()
    return {
      kind: this.#kind, route: this.route, place: this.place, held, requests, text: this.#tell(held, requests)
    }
  }

  get #kind (): Advice['kind'] {
    if (this.route === undefined) return 'outside'
    if (this.#isBeforeHandler || !this.#isOnLoop) return 'hook'
    return this.#waited > mostlyWaiting * this.#sum ? 'offload' : 'mark'
  }

  #readTimes (): HeldTimes {
    const times = this.#held.toSorted((a, b) => a - b)
    const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))]!
    return { count: this.#count, p50: at(0.5), p99: at(0.99), max: times.at(-1)! }
  }

  #tell ({ count, p50 }: HeldTimes, requests: number): string {
    const what = this.route ?? 'code of no known request'
    const often = this.route !== undefined
      ? `(${count} of ${requests} requests)`
      : count === 1 ? '(once)' : `(${count} times)`
    return `${what} held the event loop for ${Math.round(p50)} ms ${often}${this.#where}; ${this.#remedy}`
  }

  get #where (): string {
    if (this.place === undefined) return ''
    const { function: name, file, line, isSerialization } = this.place
    if (isSerialization) return `, in the serialization of its answer (${file}:${line})`
    return name === undefined ? `, at ${file}:${line}` : `, in ${name} (${file}:${line})`
  }

  get #remedy (): string {
    const name = this.place?.function ?? 'that code'
    switch (this.#kind) {
      case 'mark': return 'mark it blocking: true'
      case 'offload': return `it mostly waits otherwise: offload ${name} by fastify.blocking.offload()`
      case 'hook':
        return this.#isBeforeHandler
          ? 'hooks run on the loop: make it a dependency with blocking: true'
          : 'the rest of the route is blocking already: mark that dependency blocking: true, or offload ' +
            `${name} by fastify.blocking.offload()`
      case 'outside': return `offload ${name} by fastify.blocking.offload()`
    }
  }
}
