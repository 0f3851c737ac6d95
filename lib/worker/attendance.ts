import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppValues } from '../dependencies/app-values.js'
import type { Plan } from '../dependencies/plan.js'
import { type Failure, Scope } from '../dependencies/scope.js'
import { readReply, restoreReply } from '../reply-state.js'
import { fromFault, toFault } from '../wire/fault.js'
import type { Return } from '../wire/messages.js'
import { restoreSerializer } from './serializer.js'
import type { WorkerVisit } from './visit.js'

/**
 * A visit's way through the plan of its route, as seen from the worker: the phases that are the worker's, the turns that it
 * gives the loop between them, and the teardown of both.
 */
export class Attendance {
  readonly #visit: WorkerVisit
  readonly #plan: Plan
  readonly #scope: Scope
  readonly #reply: FastifyReply
  /** How far it has come, on either side. */
  #phase = 0
  /** What the loop has told: it has the error itself. */
  #told: Failure | undefined
  #isOver = false

  constructor (visit: WorkerVisit, plan: Plan, apps: AppValues, request: FastifyRequest, reply: FastifyReply) {
    this.#visit = visit
    this.#plan = plan
    this.#reply = reply
    this.#scope = new Scope(plan, 'worker', apps, request, reply)
  }

  /** Up to the handler; false if it is not to be called here. */
  async resolve (): Promise<boolean> {
    const { handlerPhase, phases } = this.#plan
    this.#scope.receive(this.#visit.open.dependencies)
    for (let phase = 1; ; phase += 2) {
      this.#phase = phase
      if (!(await this.#scope.resolve(phase))) return false
      if (phase === handlerPhase) return true
      const dependencies = this.#scope.send(phase)
      const changes = this.#visit.state!.takeChanges()
      const state = { reply: readReply(this.#reply), ...(changes && { changes }), ...(dependencies && { dependencies }) }
      const next = phase + 1
      if (next === handlerPhase) {
        // Without teardown there is nothing to stay for.
        if (!phases.some(({ hasTeardown }, index) => index % 2 === 1 && hasTeardown)) this.#visit.leave(state)
        else await this.#leave(await this.#visit.ask({ turn: 'handle', phase: next, ...state }))
        return false
      }
      const back = await this.#visit.ask({ turn: 'resolve', phase: next, ...state })
      this.#phase = next
      if (back.fault !== undefined || back.isAnswered === true) {
        await this.#leave(back)
        return false
      }
      if (back.reply !== undefined) {
        restoreReply(this.#reply, back.reply)
        restoreSerializer(this.#reply, back.reply.serializer)
      }
      this.#visit.state!.apply(back.changes)
      this.#scope.receive(back.dependencies)
    }
  }

  provide (): Record<string, unknown> {
    return this.#scope.provide()
  }

  get isOver (): boolean {
    return this.#isOver
  }

  /** Ends everything that has been begun, once, last in, first out. Gives the failure that comes out. */
  async dispose (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isOver) return failure
    this.#isOver = true
    this.#scope.close(failure)
    const out = await this.#disposeDownToFirst(failure)
    // Without a failure the first phase is the loop's own business, when it has the answer.
    return out === undefined ? undefined : await this.#disposeOf(0, out)
  }

  /** The loop has answered, or failed, or its handler has: it ends the first phase by itself. */
  async #leave ({ fault }: Return): Promise<void> {
    this.#isOver = true
    this.#told = fault && { error: fromFault(fault) }
    this.#scope.close(this.#told)
    const failure = await this.#disposeDownToFirst(this.#told)
    if (failure === undefined) this.#visit.leave({})
    else this.#visit.leave(failure === this.#told ? { isLoops: true } : { fault: toFault(failure.error) })
  }

  async #disposeDownToFirst (failure: Failure | undefined): Promise<Failure | undefined> {
    for (let phase = this.#phase; phase >= 1; phase--) failure = await this.#disposeOf(phase, failure)
    return failure
  }

  async #disposeOf (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    if (phase % 2 === 1) return await this.#scope.dispose(phase, failure)
    return this.#plan.phases[phase]!.hasTeardown ? await this.#disposeOnLoop(phase, failure) : failure
  }

  async #disposeOnLoop (phase: number, failure: Failure | undefined): Promise<Failure | undefined> {
    const why = failure === undefined ? {} : failure === this.#told ? { isLoops: true } : { fault: toFault(failure.error) }
    const { fault } = await this.#visit.ask({ turn: 'dispose', phase, ...why })
    if (fault === undefined) return failure
    this.#told = { error: fromFault(fault) }
    return this.#told
  }
}
