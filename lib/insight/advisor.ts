import inspector from 'node:inspector'
import { isMainThread } from 'node:worker_threads'
import type { FastifyBaseLogger, FastifyInstance, RouteOptions } from 'fastify'
import { AdviceUnavailable } from '../errors.js'
import type { Settings } from '../options/settings.js'
import type { Advice } from './advice.js'
import { HeldCode } from './held-code.js'
import { findPlace, type Place } from './place.js'
import { type Stall, StallDetector, type StallListener } from './stall-detector.js'
import type { HandledRequest } from './watched-requests.js'

/**
 * Makes the advisor of a registration. Returns undefined, with a warning if the option asks for advice, where
 * the code that holds the event loop cannot be found.
 */
export function createAdvisor (
  { log }: FastifyInstance,
  { threshold, isAsked }: NonNullable<Settings['advice']>,
  isOwn: (instance: FastifyInstance) => boolean
): Advisor | undefined {
  const obstacle = findObstacle()
  if (obstacle === undefined) return new Advisor(threshold, log, isOwn)
  if (isAsked) log.warn(new AdviceUnavailable(obstacle))
  return undefined
}

function findObstacle (): string | undefined {
  // The inspector of another thread can be reached from the main thread alone, and not the other way round.
  if (!isMainThread) return 'the app runs in a worker thread, which no other thread can look into'
  if (!process.features.inspector) return 'this build of Node has no inspector'
  return inspector.url() === undefined ? undefined : 'a debugger may be attached, and would be paused by it'
}

/** Number of places of which notes are kept: a place is a function of the app in a route. */
const maxPlaces = 1_000

/** ms in which a request may show of which route code is. */
const unknownTime = 10_000

/** The advice of one registration. Gives each warning once. */
export class Advisor implements StallListener {
  readonly #threshold: number
  readonly #log: FastifyBaseLogger
  readonly #isOwn: (instance: FastifyInstance) => boolean
  #detector: StallDetector | undefined
  readonly #blocking = new Set<string>()
  /** Number of requests by route, while requests are watched. */
  readonly #started = new Map<string, number>()
  readonly #code = new Map<string, HeldCode>()
  /** Places of which a route is known. */
  readonly #known = new Set<string>()
  readonly #told = new Set<HeldCode>()

  /** `threshold` in ms. `isOwn` tells whether a context belongs to the registration. */
  constructor (
    threshold: number, log: FastifyBaseLogger, isOwn: (instance: FastifyInstance) => boolean
  ) {
    this.#threshold = threshold
    this.#log = log
    this.#isOwn = isOwn
  }

  /** Called once the app is ready: its boot holds the loop as well, and no request waits. */
  start (): void {
    this.#detector = StallDetector.join(this.#threshold, this)
  }

  /** The handler of the route runs in a worker. */
  addBlockingRoute ({ method, url }: RouteOptions): void {
    for (const one of [method].flat()) this.#blocking.add(`${one} ${url}`)
  }

  started (handled: HandledRequest): void {
    if (!this.#isOwn(handled.request.server)) return
    const route = nameRoute(handled)
    this.#started.set(route, (this.#started.get(route) ?? 0) + 1)
  }

  stalled (stall: Stall): boolean {
    const { handled } = stall
    if (handled !== undefined && !this.#isOwn(handled.request.server)) return false
    const place = findPlace(stall.frames)
    if (place === undefined) return true // only code of Node
    if (!this.#isKnownWell(place)) this.#detector?.watchRequests()
    if (handled !== undefined) this.#add(stall, nameRoute(handled), place)
    // The next request that is as slow may show its route: requests are watched from the first stall on.
    else setTimeout(() => this.#add(stall, undefined, place), unknownTime).unref()
    return true
  }

  #add (stall: Stall, route: string | undefined, place: Place | undefined): void {
    const name = nameCode(place)
    if (route !== undefined) this.#known.add(name)
    else if (this.#known.has(name)) return
    const key = `${route} ${stall.isBeforeHandler} ${name}`
    let code = this.#code.get(key)
    if (code === undefined) {
      if (this.#code.size >= maxPlaces) return
      code = new HeldCode(route, place, stall, route === undefined || !this.#blocking.has(route))
      this.#code.set(key, code)
    }
    code.add(stall)
    this.#tellOnce(code)
  }

  failed (error: unknown): void {
    this.#log.warn({ err: error }, 'fastify-blocking: the watchdog thread has ended: there is no more advice')
  }

  /** What has been found so far, the longest times first. */
  read (): Advice[] {
    return [...this.#told].filter(({ route, place }) => route !== undefined || !this.#known.has(nameCode(place)))
      .map((code) => this.#read(code))
      .sort((a, b) => b.held.count * b.held.p50 - a.held.count * a.held.p50)
  }

  async close (): Promise<void> {
    await this.#detector?.leave(this)
  }

  #tellOnce (code: HeldCode): void {
    if (this.#told.has(code) || !code.isCertain(this.#threshold)) return
    this.#told.add(code)
    this.#log.warn(`fastify-blocking: ${this.#read(code).text}`)
  }

  #read (code: HeldCode): Advice {
    return code.read(code.route === undefined ? 0 : this.#started.get(code.route) ?? 0)
  }
}

function nameRoute ({ request: { method }, url }: HandledRequest): string {
  return `${method} ${url}`
}

/** Lines vary from one sample to the next. */
function nameCode (place: Place | undefined): string {
  return `${place?.function} ${place?.file}`
}
