import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import type { Plan } from '../../dependencies/plan.js'
import type { RequestScope } from '../../dependencies/request-scope.js'
import { ClientGone } from '../../errors.js'
import type { Session } from '../../executor.js'
import { type BackgroundTasks, failureOf, whenTasksDone } from '../../request/background.js'
import type { Caller } from '../visit/caller.js'

/** A visit that goes on when the response is over. */
export interface StayingVisit extends Caller {
  /**
   * Resolves once the visit has ended, with the failure that dependencies on the loop get which the worker
   * needs.
   */
  readonly whenEnded: Promise<Failure | undefined>
}

/**
 * Tears down what is still open when the response is over, last in, first out: first the phase of a handler
 * on the loop, then those of the visit, at last those that are left on the loop. The background work of a
 * side is done before its teardowns.
 */
export class LateTeardown {
  #visit: StayingVisit | undefined
  readonly #plan: Plan
  readonly #scope: RequestScope
  readonly #reply: FastifyReply
  readonly #backgrounds: BackgroundTasks

  constructor (plan: Plan, scope: RequestScope, reply: FastifyReply, backgrounds: BackgroundTasks) {
    this.#plan = plan
    this.#scope = scope
    this.#reply = reply
    this.#backgrounds = backgrounds
  }

  /** The visit goes on when the response is over. */
  stays (visit: StayingVisit): void {
    this.#visit = visit
  }

  get session (): Session | undefined {
    return this.#visit?.session
  }

  /** Called once everything else has ended without a failure. */
  start (): void {
    if (this.#scope.isEmpty) return
    this.#backgrounds.afterTasks(this.#reply, async (isSent) => {
      const late = isSent ? undefined : { error: new ClientGone(this.#plan.route) }
      await this.#end(failureOf(this.#reply) ?? late)
    })
  }

  async #end (failure: Failure | undefined): Promise<void> {
    if (this.#visit !== undefined) failure = await this.#visit.whenEnded
    for (let phase = this.#plan.handlerPhase; phase >= 0; phase--) {
      failure = await this.#scope.disposeLate(phase, failure)
    }
  }

  /** Tears down the phase of a handler on the loop, before those of the visit; undefined if it has ended. */
  disposePhaseOfHandler (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    const { handler, handlerPhase } = this.#plan
    if (handler === 'worker' || !this.#scope.hasOpen(handlerPhase)) return undefined
    return this.disposePhase(handlerPhase, failure)
  }

  /** Tears down a phase that the worker requests. */
  async disposePhase (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    await whenTasksDone(this.#reply)
    return await this.#scope.disposeLate(phase, failure)
  }
}
