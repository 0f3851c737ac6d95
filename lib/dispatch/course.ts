import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppValues } from '../dependencies/app-values.js'
import type { Plan } from '../dependencies/plan.js'
import { type Failure, Scope } from '../dependencies/scope.js'
import { ClientGone } from '../errors.js'
import { readReply, restoreReply } from '../reply-state.js'
import { SharedState } from '../shared-state.js'
import type { Slot } from '../pool/executor.js'
import type { Left, Turn } from '../wire/messages.js'
import type { Parcel } from '../wire/parcel.js'
import { HeldScope, type Holder, type Holders } from './holders.js'
import { type Stage, Turns } from './turns.js'

// A property, since a WeakMap with an entry for each request costs its garbage collection more than the rest of this.
const key = Symbol('fastify-blocking.course')

export function courseOf (request: FastifyRequest & { [key]?: Course }): Course | undefined {
  return request[key]
}

/**
 * One request's way through its plan, as seen from the loop: the phases that are the loop's, the turns that a visit gives
 * it, and the teardown, which happens once, when the payload is complete and before it is sent.
 */
export class Course implements Holder {
  readonly #scope: Scope
  readonly #plan: Plan
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #turns = new Turns()
  /** Of a visit that has begun. */
  #state: SharedState | undefined
  #isClosed = false
  #answers = 0
  /** Answered by somebody else, while what is to be torn down was still in use. */
  #detached: Failure | undefined
  /** The loop resolves a phase, or runs the handler: nothing may be taken from under them. */
  #isBusy = false
  /** Of a phase that the worker has asked to be disposed of. */
  #disposal: Promise<Failure | undefined> | undefined
  #proceed: ((goesOn: boolean) => void) | undefined

  /** `holders` is for requests that may call functions in their visit. */
  constructor (plan: Plan, apps: AppValues, request: FastifyRequest & { [key]?: Course }, reply: FastifyReply, holders?: Holders) {
    this.#plan = plan
    this.#request = request
    this.#reply = reply
    this.#scope = holders === undefined ? new Scope(plan, 'loop', apps, request, reply) : new HeldScope(holders, this, plan, 'loop', apps, request, reply)
    request[key] = this
    reply.raw.once('close', () => this.#gone())
  }

  get held (): Slot | undefined {
    return this.#turns.held
  }

  /** What goes with the request. */
  get parcel (): Parcel | undefined {
    return this.#scope.send(0)
  }

  /** The visit begins: what has been put on the request and the reply goes with it. */
  begin (): void {
    // Where nothing comes back before the answer nobody asks.
    if (this.#plan.handlerPhase > 1) this.#state = new SharedState(this.#reply)
  }

  /** Up to the handler on the loop; false if it is not to be called. */
  async resolve (visit: (() => Stage) | undefined): Promise<boolean> {
    if (!(await this.#resolve(0))) return false
    if (visit === undefined) return true
    return await new Promise((resolve) => {
      this.#proceed = resolve
      this.#turns.open(visit())
    })
  }

  provide (): Record<string, unknown> {
    return this.#scope.provide()
  }

  /** Runs the handler; whether its result still counts. */
  async handle (handler: () => unknown): Promise<unknown> {
    this.#isBusy = true
    try {
      const result = handler()
      // What calls reply.send() later, or has; and a reply that is awaited is one that has been sent.
      return result === undefined || result === this.#reply ? this.#reply : await result
    } finally {
      this.#free()
    }
  }

  /** Of an answer that is about to be made: tells whether it is still the last one. A time limit may overtake it while it waits for the teardown. */
  beginAnswer (): () => boolean {
    const own = ++this.#answers
    return () => own === this.#answers
  }

  get isClosed (): boolean {
    return this.#isClosed
  }

  get isDetached (): boolean {
    return this.#detached !== undefined
  }

  /** Tears down; gives the failure that comes out. */
  async close (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isClosed) return failure
    this.#isClosed = true
    this.#scope.close(failure)
    if (this.#turns.isLoops) failure = await this.#closeVisit(failure)
    return await this.#disposeRest(failure)
  }

  /** Whether a payload that is about to be sent comes from elsewhere while the worker is busy: nothing may be taken from under it. */
  detachVisit (failure: Failure): boolean {
    if (this.#turns.isWorkers && !this.#isClosed) this.#detached ??= failure
    return this.isDetached
  }

  /** As detachVisit, for what Fastify has stopped waiting for while it runs on the loop. */
  detachBusy (failure: Failure): boolean {
    if (this.#isBusy && !this.#isClosed) {
      this.#detach(failure)
      this.interrupt(failure.error)
    }
    return this.isDetached
  }

  /** The visit takes too long. If it is the loop's turn, the worker has its turn back. */
  interrupt (error: unknown): void {
    // Whose answer comes before any that is waiting.
    this.#answers++
    if (this.#turns.isLoops) this.#turns.tell(this.#detach({ error }))
  }

  called (message: Turn): void {
    const { turn, phase, dependencies } = message
    this.#turns.take(turn)
    const stored = this.#isOver ? undefined : this.#restore(message)
    this.#scope.receive(dependencies)
    if (turn === 'dispose') this.#dispose(phase, this.#turns.explain(message))
    else if (this.#isOver) this.closeAside(this.#over)
    else if (turn === 'resolve') this.#resolvePhase(phase, stored)
    else this.#handOver(phase, stored)
  }

  /** The visit has ended without an answer. Whether the handler goes on. */
  left (message: Left): Promise<Failure | undefined> | undefined {
    const { dependencies } = message
    const failure = this.#turns.explain(message)
    if (failure !== undefined || this.#turns.isEnding || this.#isClosed) return this.settle(failure)
    if (this.#isOver) return this.settle(this.#over)
    this.#turns.end(undefined)
    const stored = this.#restore(message)
    this.#scope.receive(dependencies)
    this.#handOver(this.#plan.handlerPhase, stored)
    return undefined
  }

  /** What dependencies in the worker have put on the request and the reply. Resolves as SharedState.apply. */
  #restore ({ reply, changes }: Turn | Left): Promise<void> | undefined {
    if (reply !== undefined) restoreReply(this.#reply, reply)
    return this.#state?.apply(changes)
  }

  /** The visit is over: what is left is torn down, or will be when the loop has come to an end with it. Undefined if somebody else waits for that. */
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    if (this.#turns.end(failure)) return undefined
    if (this.#isBusy) {
      if (failure !== undefined) this.#detach(failure)
      return Promise.resolve(failure)
    }
    this.#isClosed = true
    this.#scope.close(failure)
    return this.#disposeRest(failure).then((rest) => {
      this.#proceed?.(false)
      return rest
    })
  }

  #resolvePhase (phase: number, stored: Promise<void> | undefined): void {
    this.#resolve(phase, stored).then((goesOn) => {
      // Otherwise the answer is on its way, and closes.
      if (!goesOn || !this.#turns.is('resolve')) return
      const changes = this.#state?.takeChanges()
      this.#turns.giveBack({ dependencies: this.#scope.send(phase), reply: readReply(this.#reply), ...(changes && { changes }) })
    }, (error) => {
      if (this.#turns.is('resolve')) this.#turns.tell({ error })
    })
  }

  async #dispose (phase: number, failure: Failure | undefined): Promise<void> {
    // Of one that was interrupted, with the rest: see #disposeRest.
    if (this.#disposal !== undefined) return this.#turns.giveBack({})
    this.#disposal = this.#scope.dispose(phase, failure)
    const out = await this.#disposal
    if (!this.#turns.is('dispose')) return
    this.#disposal = undefined
    if (out === failure || out === undefined) this.#turns.giveBack({})
    else this.#turns.tell(out)
  }

  /** Everything that the handler on the loop waits for is there, but what its own phase has. */
  #handOver (phase: number, stored: Promise<void> | undefined): void {
    const proceed = this.#proceed!
    this.#proceed = undefined
    this.#resolve(phase, stored).then(proceed, (error) => {
      proceed(Promise.reject(error) as never)
    })
  }

  async #closeVisit (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#turns.is('handle')) failure = await this.#scope.dispose(this.#plan.handlerPhase, failure)
    return await this.#turns.finish(failure)
  }

  async #disposeRest (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#disposal !== undefined) failure = await this.#disposal ?? failure
    if (this.#scope.isEmpty) return failure
    for (let phase = this.#plan.handlerPhase; phase >= 0; phase--) failure = await this.#scope.dispose(phase, failure)
    return failure
  }

  /** The response is over, and nothing has closed. */
  #gone (): void {
    if (this.#isBusy) this.#scope.isStopped = true
    // A stream that has come to its end, or what was sent past Fastify, is as good as any other answer.
    else if (!this.#isClosed && !this.#turns.isWorkers) this.closeAside(this.#reply.raw.writableFinished ? this.#detached : this.#over)
  }

  /** Whether nobody waits for the rest. */
  get #isOver (): boolean {
    return this.isDetached || this.#reply.raw.destroyed
  }

  get #over (): Failure {
    return this.#detached ?? { error: new ClientGone(this.#plan.route) }
  }

  async #resolve (phase: number, stored?: Promise<void>): Promise<boolean> {
    this.#isBusy = true
    let goesOn = false
    try {
      if (stored !== undefined) await stored
      goesOn = await this.#scope.resolve(phase)
    } finally {
      this.#free()
    }
    return goesOn && !this.#isClosed
  }

  #detach (failure: Failure): Failure {
    this.#scope.isStopped = true
    this.#detached ??= failure
    return this.#detached
  }

  /** What has ended the request meanwhile has waited until now. */
  #free (): void {
    this.#isBusy = false
    if (this.isDetached) this.closeAside(this.#detached)
    else if (this.#reply.raw.destroyed) this.#gone()
  }

  /** Nobody awaits it: what goes wrong is logged. */
  closeAside (failure: Failure | undefined): void {
    this.close(failure).then((out) => {
      if (out !== undefined && out !== failure) {
        this.#request.log.error({ err: out.error }, 'fastify-blocking: a teardown failed after the request was over')
      }
    })
  }
}
