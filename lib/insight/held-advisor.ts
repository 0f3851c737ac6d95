import type { FastifyInstance } from 'fastify'
import type { Plan } from '../dependencies/plan.js'
import { EventLog } from '../event-log.js'
import type { HeldAdvice, Place } from './advice.js'
import { HeldCode } from './held-code.js'
import { findPart } from './held-part.js'
import { findPlace, hasOwnCode } from './place.js'
import { isLeftOutOfAdvice } from './own-routes.js'
import type { StallEvent } from './registrations.js'
import { type Stall, StallDetector, type StallListener } from './stall-detector.js'
import type { HandledRequest } from './watched-requests.js'

/** A registration, as far as advice is concerned. */
export interface AdvisedRegistration {
  /** Whether the context, and no registration nearer to it, belongs to the registration. */
  isOwn (instance: FastifyInstance): boolean
  readonly server: FastifyInstance['server']
  /** Returns undefined for a route on the loop without dependencies. */
  findPlan (method: string, url: string): Plan | undefined
  warn (what: Error | string): void
}

/** Number of places in the code of which notes are kept, for each of their routes. */
const maxPlaces = 1_000

/** ms in which a request may show of which route code is. */
const unknownTime = 10_000

/** Number of requests after which requests are not watched any more because of a place. */
const enough = 20

/** Advice on code of one registration that holds the event loop. */
export class HeldAdvisor implements StallListener {
  readonly stalls = new EventLog<StallEvent>()
  readonly #threshold: number
  readonly #registration: AdvisedRegistration
  #detector: StallDetector | undefined
  /** Number of requests by route, while requests are watched. */
  readonly #started = new Map<string, number>()
  readonly #code = new Map<string, HeldCode>()
  /** Number of stalls at places of which a route is known. */
  readonly #known = new Map<string, number>()
  readonly #told = new Set<HeldCode>()
  readonly #routed: Set<string>

  /** `threshold` in ms. */
  constructor (threshold: number, registration: AdvisedRegistration) {
    this.#threshold = threshold
    this.#registration = registration
    this.#routed = findRouted(registration.server)
  }

  /** Called once the app is ready: its boot holds the loop as well, and no request waits. */
  start (): void {
    this.#detector = StallDetector.join(this.#threshold, this)
  }

  async close (): Promise<void> {
    await this.#detector?.leave(this)
    this.#detector = undefined
  }

  /** The longest times first. */
  read (): HeldAdvice[] {
    return [...this.#told]
      .filter(({ route, place }) => route !== undefined || !this.#routed.has(nameCode(place)))
      .map((code) => this.#read(code))
      .sort((a, b) => b.held.count * b.held.p50 - a.held.count * a.held.p50)
  }

  started (handled: HandledRequest): void {
    if (!this.#registration.isOwn(handled.request.server)) return
    const route = nameRoute(handled)
    this.#started.set(route, (this.#started.get(route) ?? 0) + 1)
  }

  stalled (stall: Stall): boolean {
    const { handled } = stall
    if (handled !== undefined && !this.#registration.isOwn(handled.request.server)) return false
    if (handled !== undefined && isLeftOutOfAdvice(handled.request.server)) return true
    const { from, held, frames } = stall
    // Not by timeOrigin, which a computer that has slept leaves behind.
    const at = Date.now() - performance.now() + from
    this.stalls.add({ at, held, route: handled && nameRoute(handled), frames })
    const place = findPlace(frames)
    if (place === undefined) return true // only code of Node
    if ((this.#known.get(nameCode(place)) ?? 0) < enough) this.#detector?.watchRequests()
    if (handled !== undefined) this.#add(stall, place)
    // The next request that is as slow may show its route: requests are watched from the first stall on. Code
    // of a package that nobody is known to have called cannot be changed.
    else if (hasOwnCode(frames)) setTimeout(() => this.#addUnknown(stall, place), unknownTime).unref()
    return true
  }

  failed (error: unknown): void {
    this.#registration.warn(`the watchdog thread has ended, so there is no more advice: ${String(error)}`)
  }

  #addUnknown (stall: Stall, place: Place): void {
    if (this.#detector !== undefined && !this.#routed.has(nameCode(place))) this.#add(stall, place)
  }

  #add (stall: Stall, place: Place): void {
    const { handled } = stall
    const name = nameCode(place)
    const route = handled && nameRoute(handled)
    if (route !== undefined) {
      this.#known.set(name, (this.#known.get(name) ?? 0) + 1)
      this.#routed.add(name)
    }
    const key = `${route} ${stall.isBeforeHandler} ${name}`
    let code = this.#code.get(key)
    if (code === undefined) {
      if (this.#code.size >= maxPlaces) return
      const plan = handled && this.#registration.findPlan(handled.request.method, handled.url)
      code = new HeldCode(route, place, findPart(stall, plan))
      this.#code.set(key, code)
    }
    code.add(stall)
    if (this.#told.has(code) || !code.isCertain(this.#threshold)) return
    this.#told.add(code)
    this.#registration.warn(this.#read(code).text)
  }

  #read (code: HeldCode): HeldAdvice {
    return code.read(code.route === undefined ? 0 : this.#started.get(code.route) ?? 0)
  }
}

const routed = new WeakMap<FastifyInstance['server'], Set<string>>()

/** Returns the code of which a route is known, to any registration of the server. */
function findRouted (server: FastifyInstance['server']): Set<string> {
  let names = routed.get(server)
  if (names === undefined) routed.set(server, names = new Set())
  return names
}

function nameRoute ({ request: { method }, url }: HandledRequest): string {
  return `${method} ${url}`
}

/** Lines vary from one sample to the next. */
function nameCode (place: Place): string {
  return `${place.function} ${place.file}`
}
