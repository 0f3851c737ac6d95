import type { HeldAdvice, HeldTimes, Place } from './advice.js'
import { writeDependencyLine, writeHookLine, writeOffloadLine, writeRouteLine } from './change-line.js'
import type { HeldPart } from './held-part.js'
import type { Stall } from './stall-detector.js'

/** Number of the last times of which percentiles are taken. */
const keptTimes = 1_000

/** A handler mostly waits if it waits for so many times as long as it holds the loop. */
const mostlyWaiting = 4

/** How often the code in one place has held the loop, in the requests of one route. */
export class HeldCode {
  readonly route: string | undefined
  readonly place: Place
  readonly #part: HeldPart
  readonly #held: number[] = []
  readonly #requests = new WeakSet()
  #count = 0
  /** ms, as the one below. */
  #sum = 0
  #waited = 0

  constructor (route: string | undefined, place: Place, part: HeldPart) {
    this.route = route
    this.place = place
    this.#part = part
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

  /** Whether it is more than a chance: a first call loads modules and compiles. `threshold` in ms. */
  isCertain (threshold: number): boolean {
    return this.#count >= 3 || this.#sum >= 10 * threshold
  }

  /** `started`: how many requests of the route have reached their handler. */
  read (started: number): HeldAdvice {
    const requests = Math.max(started, this.#count)
    const held = this.#readTimes()
    const { route, place } = this
    return {
      kind: this.#kind,
      route,
      place,
      held,
      requests,
      text: this.#tell(held, requests),
      line: this.#line
    }
  }

  get #kind (): HeldAdvice['kind'] {
    const { kind } = this.#part
    if (kind !== 'handler') return kind
    return this.place.isOfApp && this.#waited > mostlyWaiting * this.#sum ? 'offload' : 'mark'
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
    return `${what} held the event loop for ${Math.round(p50)} ms ${often}, ${this.#where}; ${this.#remedy}`
  }

  get #where (): string {
    const { function: name, file, line, isSerialization } = this.place
    if (isSerialization) return `in the serialization of its answer (${file}:${line})`
    return name === undefined ? `at ${file}:${line}` : `in ${name} (${file}:${line})`
  }

  /** Undefined for a function of a package, which the app can neither offload nor change. */
  get #ownFunction (): string | undefined {
    return this.place.isOfApp ? this.place.function : undefined
  }

  get #remedy (): string {
    const part = this.#part
    if (part.kind === 'dependency') return `mark the dependency ${part.label} blocking: true`
    const name = this.#ownFunction ?? 'that code'
    switch (this.#kind) {
      case 'mark': return this.#ownFunction === undefined
        ? 'mark it blocking: true'
        : `mark it blocking: true, or offload ${name} if the handler uses state of this thread`
      case 'offload': return `it mostly waits, so offload ${name} alone: fastify.blocking.offload()`
      case 'dependency':
      case 'hook': return 'hooks run on the loop: make it a dependency with blocking: true'
      case 'outside': return `offload ${name}: fastify.blocking.offload()`
    }
  }

  get #line (): string {
    if (this.#part.kind === 'dependency') return writeDependencyLine(this.#part.label)
    const name = this.#ownFunction
    switch (this.#kind) {
      case 'mark': return writeRouteLine(this.route!, 'true')
      case 'dependency':
      case 'hook': return writeHookLine(name)
      case 'offload':
      case 'outside': return writeOffloadLine(name)
    }
  }
}
