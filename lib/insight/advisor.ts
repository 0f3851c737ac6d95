import { AdviceUnavailable } from '../errors.js'
import type { EventLog } from '../event-log.js'
import type { Settings } from '../options/settings.js'
import type { PoolLoad, VisitTimes } from '../stats-types.js'
import type { Advice } from './advice.js'
import { type AdvisedRegistration, HeldAdvisor } from './held-advisor.js'
import { PoolWatch, readProcessors } from './pool-advice.js'
import type { StallEvent } from './registrations.js'
import { findObstacle } from './stall-detector.js'
import { VisitCosts } from './visit-advice.js'

/** The side of a registration that has the workers. */
export interface AdvisedSide {
  /** Calls back with what a visit has taken, and with how many there have been since the last call. */
  onTimed (callback: (route: string, times: VisitTimes, visits: number) => void): void
  readLoad (): PoolLoad
}

/** ms between two looks at the pool while there are visits. */
const lookInterval = 100

/** ms between two warnings because of visits and the pool, at least. */
const tellInterval = 5_000

/** The advice of one registration. Warns of each piece of it once. */
export class Advisor {
  readonly #registration: AdvisedRegistration
  readonly #threshold: number
  readonly #held: HeldAdvisor | undefined
  readonly #pool: PoolWatch
  readonly #visits = new Map<string, VisitCosts>()
  readonly #told = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #visitsSinceLook = 0
  #toldAt = 0

  constructor (
    { threshold, isAsked }: NonNullable<Settings['advice']>,
    pool: Settings['pool'],
    registration: AdvisedRegistration
  ) {
    this.#registration = registration
    this.#threshold = threshold
    this.#pool = new PoolWatch(pool)
    const obstacle = findObstacle()
    if (obstacle === undefined) this.#held = new HeldAdvisor(threshold, registration)
    else if (isAsked) registration.warn(new AdviceUnavailable(obstacle))
  }

  /** Called once the app is ready: its boot holds the loop as well, and no request waits. */
  start (side: AdvisedSide): void {
    this.#held?.start()
    side.onTimed((route, times, visits) => {
      this.#visitsSinceLook += visits
      this.#pool.addVisits(visits)
      this.#costsOf(route).add(times)
      this.#timer ??= setInterval(() => this.#look(side.readLoad()), lookInterval).unref()
    })
  }

  async close (): Promise<void> {
    clearInterval(this.#timer)
    await this.#held?.close()
  }

  /** Undefined where the loop cannot be watched. */
  get stalls (): EventLog<StallEvent> | undefined {
    return this.#held?.stalls
  }

  read (): Advice[] {
    return [...this.#held?.read() ?? [], ...this.#readVisits()]
  }

  #readVisits (): Exclude<Advice, { place: unknown }>[] {
    return [...[...this.#visits.values()].flatMap((costs) => costs.read() ?? []), ...this.#pool.read()]
  }

  #costsOf (route: string): VisitCosts {
    let costs = this.#visits.get(route)
    if (costs === undefined) {
      costs = new VisitCosts(route, this.#threshold)
      this.#visits.set(route, costs)
    }
    return costs
  }

  #look (load: PoolLoad): void {
    const now = performance.now()
    this.#pool.look(load, now, readProcessors)
    if (now - this.#toldAt >= tellInterval) {
      this.#toldAt = now
      for (const advice of this.#readVisits()) this.#tellOnce(advice)
    }
    if (this.#visitsSinceLook === 0 && load.busy === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    this.#visitsSinceLook = 0
  }

  #tellOnce ({ kind, route, text }: Advice): void {
    const key = `${kind} ${route}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.#registration.warn(text)
  }
}
