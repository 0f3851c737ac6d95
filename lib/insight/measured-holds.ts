import type { FastifyRequest } from 'fastify'
import type { AdvisedRegistration } from './held-advisor.js'
import { findPart } from './held-part.js'
import { findObstacle, type Stall, StallDetector, type StallListener } from './stall-detector.js'

/** The side of a registration with measured routes. */
export interface MovingSide {
  noteHold (request: FastifyRequest, from: number, duration: number): void
}

/** ms: the main thread would be kept busy with shorter ones. */
const minThreshold = 4

/** How often requests are watched in vain, one time after the other, until that is done more rarely. */
const maxVain = 5

/** ms between two times then. */
const vainInterval = 600_000

/** Tells measured routes when their handlers hold the event loop after an await. */
export class MeasuredHolds implements StallListener {
  readonly #threshold: number
  readonly #registration: AdvisedRegistration
  #detector: StallDetector | undefined
  #side: MovingSide | undefined
  #vain = 0
  #watchedAt = 0

  /** `threshold` in ms; holds after an await are found from 4 ms on, however short it is. */
  constructor (threshold: number, registration: AdvisedRegistration) {
    this.#threshold = Math.max(threshold, minThreshold)
    this.#registration = registration
  }

  start (side: MovingSide): void {
    this.#side = side
    const obstacle = findObstacle()
    if (obstacle === undefined) this.#detector = StallDetector.join(this.#threshold, this)
    else {
      this.#registration.warn('dispatch "measured" goes by the synchronous part of handlers alone, not by ' +
        `what they compute after an await, since ${obstacle}`)
    }
  }

  async close (): Promise<void> {
    await this.#detector?.leave(this)
    this.#detector = undefined
  }

  started (): void {}

  stalled (stall: Stall): boolean {
    const { handled, from, held } = stall
    if (handled === undefined) this.#watch()
    else if (this.#registration.isOwn(handled.request.server)) {
      const plan = this.#registration.findPlan(handled.request.method, handled.url)
      if (findPart(stall, plan).kind !== 'handler') return false
      this.#vain = 0
      this.#side?.noteHold(handled.request, from, held)
    }
    return false
  }

  failed (error: unknown): void {
    this.#registration.warn(`the watchdog thread has ended: ${String(error)}`)
  }

  /** The next stall shows its request. */
  #watch (): void {
    const now = performance.now()
    if (this.#vain >= maxVain && now - this.#watchedAt < vainInterval) return
    this.#vain++
    this.#watchedAt = now
    this.#detector?.watchRequests()
  }
}
