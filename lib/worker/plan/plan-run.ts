import type { FastifyReply, FastifyRequest } from 'fastify'
import { dropBackground } from '../../request/background.js'
import { isThenable } from '../../promises.js'
import type { AppScope } from '../../dependencies/app-scope.js'
import type { Plan } from '../../dependencies/plan.js'
import { type Failure, RequestScope } from '../../dependencies/request-scope.js'
import { readReply, restoreReply } from '../../request/reply-head.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type { LoopStep, StepResult } from '../../wire/messages.js'
import { restoreSerializer } from '../visit/serializer.js'
import type { WorkerVisit } from '../visit/visit.js'

/**
 * A visit's way through the plan of its route, as seen from the worker: the phases that are the worker's, the turns that it
 * gives the loop between them, and the teardown of both.
 */
export class WorkerPlanRun {
  readonly #visit: WorkerVisit
  readonly #plan: Plan
  readonly #scope: RequestScope
  readonly #reply: FastifyReply
  /** How far it has come, on either side. */
  #phase = 0
  /** What the loop has told: it has the error itself. */
  #receivedFailure: Failure | undefined
  #isOver = false
  #stopped: Failure | undefined
  /** Phases of the loop that have something to be torn down, although the plan did not know. */
  readonly #openOnLoop = new Set<number>()

  constructor (visit: WorkerVisit, plan: Plan, apps: AppScope, request: FastifyRequest, reply: FastifyReply) {
    this.#visit = visit
    this.#plan = plan
    this.#reply = reply
    this.#scope = new RequestScope(plan, 'worker', apps, request, reply, () => visit.stopped)
  }

  /** Up to the handler; false if it is not to be called here. */
  async resolve (): Promise<boolean> {
    const { handlerPhase } = this.#plan
    if (this.#visit.open.hasTeardown) this.#openOnLoop.add(0)
    this.#scope.receive(this.#visit.open.dependencies)
    for (let phase = 1; ; phase += 2) {
      this.#phase = phase
      if (!(await this.#scope.resolve(phase))) return false
      // It was too late before the next one could begin.
      const { stopped } = this.#visit
      if (stopped !== undefined) throw stopped.error
      if (phase === handlerPhase) return true
      const dependencies = this.#scope.encodePhase(phase)
      const state = { ...this.#readState(), ...(dependencies && { dependencies }) }
      const next = phase + 1
      if (next === handlerPhase) {
        // Without teardown there is nothing to stay for.
        if (this.#scope.isEmpty) this.#visit.leaveToLoop(state)
        else await this.#leave(await this.#visit.requestLoopStep({ step: 'handle', phase: next, ...state }))
        return false
      }
      const back = await this.#visit.requestLoopStep({ step: 'resolve', phase: next, ...state })
      this.#phase = next
      if (back.error !== undefined || back.isAnswered === true) {
        await this.#leave(back)
        return false
      }
      if (back.hasTeardown) this.#openOnLoop.add(next)
      this.#restoreState(back)
      this.#scope.receive(back.dependencies)
    }
  }

  provide (): Record<string, unknown> {
    return this.#scope.provide()
  }

  get isOver (): boolean {
    return this.#isOver
  }

  /** What the request had been ended by before its dependencies were, and has ended them: nothing is answered from here any more. */
  get stopped (): Failure | undefined {
    return this.#stopped
  }

  /**
   * Ends everything that has been begun, once, last in, first out; also while the handler still runs. Gives the failure that comes out.
   * Without one it is decided here that the request has not failed: from then on a time limit waits for the answer.
   */
  async dispose (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isOver) return failure
    this.#isOver = true
    // Before the decision, which may take a while: an answer is on its way.
    this.#scope.isStopped = true
    if (failure !== undefined) this.#stopped = this.#visit.stopped
    // Otherwise there is nothing to be decided.
    else if (this.#plan.hasTeardown || !this.#scope.isEmpty || this.#openOnLoop.size > 0) {
      const stopped = this.#visit.complete()
      this.#stopped = isThenable(stopped) ? await stopped : stopped
    }
    failure = this.#stopped ?? failure
    this.#scope.close(failure)
    const out = await this.#disposeDownToFirst(failure)
    // Without a failure the first phase is the loop's own business, when it has the answer.
    if (out === undefined) return undefined
    const failed = await this.#disposeOf(0, out)
    dropBackground(this.#reply)
    return failed
  }

  /** The loop has answered, or failed, or its handler has: it ends the first phase by itself. */
  async #leave (back: StepResult): Promise<void> {
    const { error } = back
    this.#isOver = true
    this.#receivedFailure = error && { error: deserializeError(error) }
    this.#restoreState(back)
    this.#scope.close(this.#receivedFailure)
    const failure = await this.#disposeDownToFirst(this.#receivedFailure)
    if (failure !== undefined) dropBackground(this.#reply)
    const state = this.#readState()
    if (failure === undefined) this.#visit.leaveToLoop(state)
    else this.#visit.leaveToLoop({ ...state, ...failure === this.#receivedFailure ? { isSameFailure: true } : { error: serializeError(failure.error) } })
  }

  /** What is on the reply and the request, for the other side. */
  #readState (): Pick<LoopStep, 'reply' | 'changes'> {
    const changes = this.#visit.sync!.diff()
    return { reply: readReply(this.#reply), ...(changes && { changes }) }
  }

  #restoreState ({ reply, changes }: StepResult): void {
    if (reply !== undefined) {
      restoreReply(this.#reply, reply)
      restoreSerializer(this.#reply, reply.serializer)
    }
    this.#visit.sync!.applyDiff(changes)
  }

  async #disposeDownToFirst (failure: Failure | undefined): Promise<Failure | undefined> {
    for (let phase = this.#phase; phase >= 1; phase--) failure = await this.#disposeOf(phase, failure)
    return failure
  }

  async #disposeOf (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    if (phase % 2 === 1) return await this.#scope.dispose(phase, failure)
    return this.#plan.phases[phase]!.hasTeardown || this.#openOnLoop.has(phase) ? await this.#disposeOnLoop(phase, failure) : failure
  }

  async #disposeOnLoop (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const why = failure === undefined ? {} : failure === this.#receivedFailure ? { isSameFailure: true } : { error: serializeError(failure.error) }
    const back = await this.#visit.requestLoopStep({ step: 'teardown', phase, ...this.#readState(), ...why })
    this.#restoreState(back)
    const { error } = back
    if (error === undefined) return failure
    this.#receivedFailure = { error: deserializeError(error) }
    return this.#receivedFailure
  }
}
