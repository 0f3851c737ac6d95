import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../../dependencies/app-scope.js'
import type { Plan } from '../../dependencies/plan.js'
import type { Failure } from '../../dependencies/failure.js'
import { RequestScope } from '../../dependencies/request-scope.js'
import { isThenable } from '../../promises.js'
import { dropBackground } from '../../request/background.js'
import { readReply, restoreReply } from '../../request/reply-head.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type { LoopStep, StepResult } from '../../wire/messages.js'
import { restoreSerializer } from '../visit/serializer.js'
import type { WorkerVisit } from '../visit/visit.js'

/**
 * Runs the plan of a visit's route in the worker: resolves the worker's phases, requests the steps of the
 * loop between them, and tears down the phases of both sides.
 */
export class WorkerPlanRun {
  readonly #visit: WorkerVisit
  readonly #plan: Plan
  readonly #scope: RequestScope
  readonly #reply: FastifyReply
  /** The latest phase that has begun, on either side. */
  #phase = 0
  /** The last failure that the loop has sent. The loop has the original error, so it need not go back. */
  #receivedFailure: Failure | undefined
  #isOver = false
  #stopped: Failure | undefined
  /** Phases of the loop that have something to be torn down although the plan does not say so. */
  readonly #openOnLoop = new Set<number>()
  /** Set once the teardown of what ends before the answer of the worker is serialized has begun. */
  #ending: Promise<Failure | undefined> | undefined
  /** Whether the teardown has left what ends when the response is over. */
  #hasLate = false

  constructor (visit: WorkerVisit, plan: Plan, apps: AppScope, request: FastifyRequest, reply: FastifyReply) {
    this.#visit = visit
    this.#plan = plan
    this.#reply = reply
    this.#scope = new RequestScope(plan, 'worker', apps, request, reply, visit)
  }

  /** Resolves the phases up to the handler. Returns false if the handler is not to be called here. */
  async resolve (): Promise<boolean> {
    const { handlerPhase } = this.#plan
    if (this.#visit.open.hasTeardown) this.#openOnLoop.add(0)
    this.#scope.receive(this.#visit.open.dependencies)
    for (let phase = 1; ; phase += 2) {
      this.#phase = phase
      if (!(await this.#scope.resolve(phase))) return false
      // The visit has been stopped before its next phase could begin.
      const { stopped } = this.#visit
      if (stopped !== undefined) throw stopped.error
      if (phase === handlerPhase) return true
      const dependencies = this.#scope.encodePhase(phase)
      const state = { ...this.#readState(), ...(dependencies && { dependencies }) }
      const next = phase + 1
      if (next === handlerPhase) {
        // Without anything to be done after the handler the visit ends before it.
        if (this.#scope.isEmpty && !this.#visit.hasBackground) this.#visit.leaveToLoop(state)
        else await this.#leave(await this.#visit.requestLoopStep({ step: 'handle', phase: next, ...state }))
        return false
      }
      const back = await this.#visit.requestLoopStep({ step: 'resolve', phase: next, ...state })
      this.#phase = next
      if (back.error !== undefined || back.isAnswered === true || back.endsBeforeSerialization === true) {
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

  /**
   * The failure that had stopped the request before its dependencies ended, and has ended them: the worker
   * sends no answer any more.
   */
  get stopped (): Failure | undefined {
    return this.#stopped
  }

  /**
   * Tears down what ends before the answer of the worker is serialized, once, last in, first out. Returns the
   * first failure. Decides nothing: a time limit may still end the request.
   */
  endBeforeSerialization (): Promise<Failure | undefined> {
    this.#ending ??= this.#disposeBeforeSerialization(0)
    return this.#ending
  }

  /** `first`: the first of the phases that are torn down; the loop tears down the others by itself. */
  async #disposeBeforeSerialization (first: number): Promise<Failure | undefined> {
    for (let phase = this.#phase; phase >= first; phase--) {
      if (!this.#plan.phases[phase]!.endsBeforeSerialization) continue
      const failure = phase % 2 === 1
        ? await this.#scope.disposeBeforeSerialization(phase)
        : await this.#disposeOnLoop(phase, undefined, 'preSerialization')
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /**
   * Tears down all open generators once, last in, first out, even while the handler is still running. Returns
   * the failure that comes out. If `failure` is undefined, decides that the request has not failed: from then
   * on a time limit waits for the answer.
   */
  async dispose (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isOver) return failure
    this.#isOver = true
    // Before the decision, which may take a while: an answer is on its way.
    this.#scope.isStopped = true
    if (this.#ending !== undefined) await this.#ending
    if (failure !== undefined) this.#stopped = this.#visit.stopped
    // Without anything to be torn down there is nothing to decide.
    else if (this.#plan.hasTeardown || !this.#scope.isEmpty || this.#openOnLoop.size > 0) {
      const stopped = this.#visit.complete()
      this.#stopped = isThenable(stopped) ? await stopped : stopped
    }
    failure = this.#stopped ?? failure
    this.#scope.close(failure)
    const out = await this.#disposeDownToFirst(failure)
    // Without a failure the loop tears down the first phase by itself, when it has the answer.
    if (out === undefined) return undefined
    const failed = await this.#disposeOf(0, out)
    dropBackground(this.#reply)
    return failed
  }

  /**
   * Ends the visit after the loop, or its handler, has answered or failed: tears down all phases but the
   * first, which the loop tears down by itself.
   */
  async #leave (back: StepResult): Promise<void> {
    if (back.endsBeforeSerialization === true) back = await this.#endBeforeAnswerOfLoop(back)
    const { error } = back
    this.#isOver = true
    this.#receivedFailure = error && { error: deserializeError(error) }
    this.#restoreState(back)
    this.#scope.close(this.#receivedFailure)
    const failure = await this.#disposeDownToFirst(this.#receivedFailure)
    if (failure !== undefined) dropBackground(this.#reply)
    const state = this.#readState()
    this.#visit.leaveToLoop(
      failure === undefined ? state : { ...state, ...this.#encodeFailure(failure) }
    )
  }

  /** Returns the result of the step in which the loop serializes its answer and goes on with it. */
  async #endBeforeAnswerOfLoop (back: StepResult): Promise<StepResult> {
    this.#restoreState(back)
    const failure = await this.#disposeBeforeSerialization(1)
    return await this.#visit.requestLoopStep({
      step: 'handle',
      phase: this.#plan.handlerPhase,
      ...this.#readState(),
      ...(failure && this.#encodeFailure(failure))
    })
  }

  /** Reads the state of the reply and the changes of the request, for the loop. */
  #readState (): Pick<LoopStep, 'reply' | 'changes'> {
    const changes = this.#visit.lifecycle.sync!.diff()
    return { reply: readReply(this.#reply), ...(changes && { changes }) }
  }

  #restoreState ({ reply, changes }: StepResult): void {
    if (reply !== undefined) {
      restoreReply(this.#reply, reply)
      restoreSerializer(this.#reply, reply.serializer)
    }
    this.#visit.lifecycle.sync!.applyDiff(changes)
  }

  #encodeFailure (failure: Failure): Pick<LoopStep, 'isSameFailure' | 'error'> {
    const received = this.#receivedFailure
    return received !== undefined && failure.error === received.error
      ? { isSameFailure: true }
      : { error: serializeError(failure.error) }
  }

  /** Whether something of the visit is to be torn down when the response is over. */
  get hasLate (): boolean {
    return this.#hasLate
  }

  /**
   * Tears down what is left when the response is over. Returns the failure that comes out: the given one, or
   * that of a generator.
   */
  async disposeLate (failure: Failure | undefined): Promise<Failure | undefined> {
    if (!this.#hasLate) return failure
    this.#hasLate = false
    this.#receivedFailure = failure
    for (let phase = this.#phase; phase >= 1; phase--) {
      failure = phase % 2 === 1
        ? await this.#scope.disposeLate(phase, failure)
        : await this.#disposeLateOnLoop(phase, failure)
    }
    return failure
  }

  async #disposeLateOnLoop (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    if (!this.#plan.phases[phase]!.endsLate) return failure
    const { error } = await this.#visit.requestLoopStep({
      step: 'teardown', phase, endsAt: 'onResponse', ...(failure && this.#encodeFailure(failure))
    })
    return error === undefined ? failure : { error: deserializeError(error) }
  }

  /** Tears down whatever is open, since the loop has given the visit up. */
  async giveUp (failure: Failure): Promise<void> {
    if (this.#isOver) await this.disposeLate(failure)
    else await this.dispose(failure)
  }

  async #disposeDownToFirst (failure: Failure | undefined): Promise<Failure | undefined> {
    const isFailed = failure !== undefined
    for (let phase = this.#phase; phase >= 1; phase--) failure = await this.#disposeOf(phase, failure)
    this.#hasLate = failure === undefined && this.#hasOpenLate()
    // A failure that has come up meanwhile ends what would end when the response is over.
    if (failure !== undefined && !isFailed) {
      for (let phase = this.#phase; phase >= 1; phase--) {
        if (this.#plan.phases[phase]!.endsLate) failure = await this.#disposeOf(phase, failure)
      }
    }
    return failure
  }

  #hasOpenLate (): boolean {
    if (!this.#scope.isEmpty) return true
    return this.#plan.phases.some(({ endsLate, hasTeardown }, phase) =>
      phase % 2 === 0 && phase > 0 && phase <= this.#phase && endsLate &&
      (hasTeardown || this.#openOnLoop.has(phase)))
  }

  async #disposeOf (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    if (phase % 2 === 1) return await this.#scope.dispose(phase, failure)
    return this.#plan.phases[phase]!.hasTeardown || this.#openOnLoop.has(phase)
      ? await this.#disposeOnLoop(phase, failure)
      : failure
  }

  async #disposeOnLoop (
    phase: number, failure: Failure | undefined, endsAt?: 'preSerialization'
  ): Promise<Failure | undefined> {
    const back = await this.#visit.requestLoopStep({
      step: 'teardown',
      phase,
      ...(endsAt && { endsAt }),
      ...this.#readState(),
      ...(failure && this.#encodeFailure(failure))
    })
    this.#restoreState(back)
    const { error } = back
    if (error === undefined) return failure
    this.#receivedFailure = { error: deserializeError(error) }
    return this.#receivedFailure
  }
}
