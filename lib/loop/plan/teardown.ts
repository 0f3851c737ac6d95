import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import type { Plan } from '../../dependencies/plan.js'
import type { RequestScope } from '../../dependencies/request-scope.js'
import { dropBackground, failBackground, type OutcomeDecider } from '../../request/background.js'
import type { LoopStep } from '../../wire/messages.js'
import type { LateTeardown } from './late-teardown.js'
import type { RequestEnd } from './request-end.js'
import type { LoopSteps } from './steps.js'

/**
 * Tears down the dependencies of one request, once: in an open visit first the phase of the handler on the
 * loop, then those of the worker and those between them, at the worker's request; at last those that are
 * still open on the loop.
 */
export class LoopTeardown implements OutcomeDecider {
  #isClosed = false
  /** The teardown, if it has begun without a failure. */
  #completing: Promise<Failure | undefined> | undefined
  /** The teardown of a phase that the worker has requested. */
  #disposal: Promise<Failure | undefined> | undefined
  #isClosingPhase = false
  #hasEnded = false
  #onEnded: (() => void) | undefined
  readonly #plan: Plan
  readonly #scope: RequestScope
  readonly #steps: LoopSteps
  readonly #requestEnd: RequestEnd
  readonly #reply: FastifyReply
  readonly #late: LateTeardown

  constructor (
    plan: Plan,
    scope: RequestScope,
    steps: LoopSteps,
    requestEnd: RequestEnd,
    reply: FastifyReply,
    late: LateTeardown
  ) {
    this.#late = late
    this.#plan = plan
    this.#scope = scope
    this.#steps = steps
    this.#requestEnd = requestEnd
    this.#reply = reply
  }

  /** Whether the teardown has begun. */
  get isClosed (): boolean {
    return this.#isClosed
  }

  get completing (): Promise<Failure | undefined> | undefined {
    return this.#completing
  }

  /** Whether the phase of the handler is torn down, before an open visit goes on. */
  get isClosingPhase (): boolean {
    return this.#isClosingPhase
  }

  /**
   * Tears down with the failure, or with the one that has ended the request before. Returns the failure that
   * comes out.
   */
  async close (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isClosed) return failure
    this.#isClosed = true
    if (failure === undefined) failure = this.#steps.markCompleting()
    failure = this.#requestEnd.detached ?? failure
    this.#scope.close(failure)
    return await this.#complete(failure, this.#steps.isLoopStep
      ? this.#closeVisit(failure).then((out) => this.#disposeRest(out))
      : this.#disposeRest(failure))
  }

  /** Like close(), when the visit has ended with the failure. */
  closeRest (failure: Failure | undefined): Promise<Failure | undefined> {
    this.#isClosed = true
    this.#scope.close(failure)
    return this.#complete(failure, this.#disposeRest(failure))
  }

  /** Like close(), for a teardown that nobody awaits: another failure that comes out is logged. */
  closeInBackground (failure: Failure | undefined): void {
    this.close(failure).then((out) => {
      if (out !== undefined && out !== failure) this.logLate(out)
    })
  }

  /** Logs a failure for which nobody waits. */
  logLate ({ error }: Failure): void {
    this.#reply.request.log.error(
      { err: error }, 'fastify-blocking: a teardown failed after the request was over'
    )
  }

  /**
   * Tears down a phase that the worker has requested, or what of it ends before the answer is serialized, and
   * passes the result to the worker. `stored` as that of LoopSteps.restore().
   */
  async dispose (
    phase: number,
    given: Failure | undefined,
    stored: Promise<void> | undefined,
    endsAt: LoopStep['endsAt']
  ): Promise<void> {
    // An interrupted teardown of a phase is still running: #disposeRest() does the others after it.
    if (this.#disposal !== undefined) return this.#steps.complete({})
    let failure = given
    try {
      if (stored !== undefined) await stored
    } catch (error) {
      failure ??= { error }
    }
    this.#disposal = endsAt === 'preSerialization' && failure === undefined
      ? this.#scope.disposeBeforeSerialization(phase)
      : this.#scope.dispose(phase, this.#requestEnd.detached ?? failure)
    const out = await this.#disposal
    if (out !== undefined) dropBackground(this.#reply)
    if (!this.#steps.is('teardown')) return
    this.#disposal = undefined
    if (out === given || out === undefined) this.#steps.complete(this.#steps.readState())
    else this.#steps.fail(out, this.#steps.readState())
  }

  async #closeVisit (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#steps.is('handle')) {
      this.#isClosingPhase = true
      failure = await this.#scope.dispose(this.#plan.handlerPhase, failure)
      this.#isClosingPhase = false
    }
    return await this.#steps.finish(failure)
  }

  async #disposeRest (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#disposal !== undefined) failure = await this.#disposal ?? failure
    while (!this.#scope.isEmpty) {
      const before = failure
      for (let phase = this.#plan.handlerPhase; phase >= 0; phase--) {
        failure = await this.#scope.dispose(phase, failure)
      }
      // A failure that has come up meanwhile ends what would end when the response is over.
      if (before !== undefined || failure === undefined) return failure
    }
    return failure
  }

  /** Waits for the teardown, which has begun with the failure. */
  async #complete (
    failure: Failure | undefined, closing: Promise<Failure | undefined>
  ): Promise<Failure | undefined> {
    if (failure === undefined) this.#completing = closing
    const out = await closing
    if (out !== undefined) failBackground(this.#reply, out)
    this.#hasEnded = true
    this.#onEnded?.()
    this.#late.start()
    return out
  }

  /** Resolves once it is known whether the request has failed. */
  whenOutcomeKnown (): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasEnded) return resolve()
      const before = this.#onEnded
      this.#onEnded = () => {
        before?.()
        resolve()
      }
    })
  }
}
