import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppValues } from '../dependencies/app-values.js'
import type { Plan } from '../dependencies/plan.js'
import { type Failure, Scope } from '../dependencies/scope.js'
import { ClientGone } from '../errors.js'
import { readReply, restoreReply } from '../reply-state.js'
import { fromFault, toFault } from '../wire/fault.js'
import type { Left, ReplyState, Return, Turn } from '../wire/messages.js'
import { mend, type Parcel } from '../wire/parcel.js'
import type { Slot } from '../pool/executor.js'
import { HeldScope, type Holder, type Holders } from './holders.js'

/** The visit as the course sees it. */
export interface Stage extends Holder {
  begin (): void
  resume (back: Omit<Return, 'slot'>): void
}

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
  /** While it is open. */
  #visit: Stage | undefined
  /** The loop's turn, if it is. */
  #turn: Turn['turn'] | undefined
  /** What the loop has told the worker. */
  #told: Failure | undefined
  #isClosed = false
  /** Answered by somebody else, while what is to be torn down was still in use. */
  #detached: Failure | undefined
  /** The loop resolves a phase, or runs the handler: nothing may be taken from under them. */
  #isBusy = false
  /** Of a phase that the worker has asked to be disposed of. */
  #disposal: Promise<Failure | undefined> | undefined
  #proceed: ((goesOn: boolean) => void) | undefined
  #onEnd: ((failure: Failure | undefined) => void) | undefined

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
    return this.#visit?.held
  }

  /** What goes with the request. */
  get parcel (): Parcel | undefined {
    return this.#scope.send(0)
  }

  /** Up to the handler on the loop; false if it is not to be called. */
  async resolve (visit: (() => Stage) | undefined): Promise<boolean> {
    if (!(await this.#resolve(0))) return false
    if (visit === undefined) return true
    return await new Promise((resolve) => {
      this.#proceed = resolve
      this.#visit = visit()
      this.#visit.begin()
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
    if (this.#visit !== undefined && this.#turn !== undefined) failure = await this.#closeVisit(failure)
    return await this.#disposeRest(failure)
  }

  /** Whether a payload that is about to be sent comes from elsewhere while the worker is busy: nothing may be taken from under it. */
  detachVisit (failure: Failure): boolean {
    if (this.#isWorkers && !this.#isClosed) this.#detached ??= failure
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

  /** The visit takes too long while it is the loop's turn: the worker has its turn back. */
  interrupt (error: unknown): void {
    if (this.#turn === undefined) return
    this.#told = this.#detach({ error })
    this.#resume({ fault: toFault(this.#told.error) })
  }

  called ({ turn, phase, dependencies, reply, isLoops, fault }: Turn): void {
    this.#turn = turn
    if (reply !== undefined && !this.#isOver) restoreReply(this.#reply, reply)
    this.#scope.receive(dependencies)
    if (turn === 'dispose') this.#dispose(phase, isLoops === true ? this.#told : asFailure(fault))
    else if (this.#isOver) this.closeAside(this.#over)
    else if (turn === 'resolve') this.#resolvePhase(phase)
    else this.#handOver(phase)
  }

  /** The visit has ended without an answer. Whether the handler goes on. */
  left ({ dependencies, reply, isLoops, fault }: Left): Promise<Failure | undefined> | undefined {
    const failure = isLoops === true ? this.#told : asFailure(fault)
    if (failure !== undefined || this.#onEnd !== undefined || this.#isClosed || this.#told !== undefined) return this.settle(failure)
    if (this.#isOver) return this.settle(this.#over)
    this.#visit = undefined
    if (reply !== undefined) restoreReply(this.#reply, reply)
    this.#scope.receive(dependencies)
    this.#handOver(this.#plan.handlerPhase)
    return undefined
  }

  /** The visit is over: what is left is torn down, or will be when the loop has come to an end with it. Undefined if somebody else waits for that. */
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    this.#visit = this.#turn = undefined
    if (this.#onEnd !== undefined) {
      this.#onEnd(failure)
      return undefined
    }
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

  #resolvePhase (phase: number): void {
    this.#resolve(phase).then((goesOn) => {
      // Otherwise the answer is on its way, and closes.
      if (goesOn && this.#turn === 'resolve') this.#resume({ dependencies: this.#scope.send(phase), reply: readReply(this.#reply) })
    }, (error) => {
      if (this.#turn !== 'resolve') return
      this.#told = { error }
      this.#resume({ fault: toFault(error) })
    })
  }

  async #dispose (phase: number, failure: Failure | undefined): Promise<void> {
    // Of one that was interrupted, with the rest: see #disposeRest.
    if (this.#disposal !== undefined) return this.#resume({})
    this.#disposal = this.#scope.dispose(phase, failure)
    const out = await this.#disposal
    if (this.#turn !== 'dispose') return
    this.#disposal = undefined
    if (out === failure || out === undefined) return this.#resume({})
    this.#told = out
    this.#resume({ fault: toFault(out.error) })
  }

  /** Everything that the handler on the loop waits for is there, but what its own phase has. */
  #handOver (phase: number): void {
    const proceed = this.#proceed!
    this.#proceed = undefined
    this.#resolve(phase).then(proceed, (error) => {
      proceed(Promise.reject(error) as never)
    })
  }

  async #closeVisit (failure: Failure | undefined): Promise<Failure | undefined> {
    const isHeld = this.#turn === 'handle'
    if (isHeld) failure = await this.#scope.dispose(this.#plan.handlerPhase, failure)
    if (this.#visit === undefined) return failure
    this.#told = failure
    const ended = new Promise<Failure | undefined>((resolve) => { this.#onEnd = resolve })
    this.#resume(failure === undefined ? { isAnswered: true } : { fault: toFault(failure.error) })
    return await ended
  }

  async #disposeRest (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#disposal !== undefined) failure = await this.#disposal ?? failure
    if (this.#scope.isEmpty) return failure
    for (let phase = this.#plan.handlerPhase; phase >= 0; phase--) failure = await this.#scope.dispose(phase, failure)
    return failure
  }

  #resume (back: { dependencies?: Parcel | undefined, reply?: ReplyState, fault?: Return['fault'], isAnswered?: boolean }): void {
    const { dependencies, ...rest } = back
    this.#turn = undefined
    const message: Omit<Return, 'slot'> = dependencies === undefined ? rest as Return : { ...rest, dependencies } as Return
    try {
      this.#visit?.resume(message)
    } catch {
      mend(dependencies!)
      this.#visit?.resume(message)
    }
  }

  /** The response is over, and nothing has closed. */
  #gone (): void {
    if (this.#isBusy) this.#scope.isStopped = true
    // A stream that has come to its end, or what was sent past Fastify, is as good as any other answer.
    else if (!this.#isClosed && !this.#isWorkers) this.closeAside(this.#reply.raw.writableFinished ? this.#detached : this.#over)
  }

  /** Whether it is the worker's turn, or the loop tears down for it. */
  get #isWorkers (): boolean {
    return this.#visit !== undefined && (this.#turn === undefined || this.#turn === 'dispose')
  }

  /** Whether nobody waits for the rest. */
  get #isOver (): boolean {
    return this.isDetached || this.#reply.raw.destroyed
  }

  get #over (): Failure {
    return this.#detached ?? { error: new ClientGone(this.#plan.route) }
  }

  async #resolve (phase: number): Promise<boolean> {
    this.#isBusy = true
    let goesOn = false
    try {
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

function asFailure (fault: Return['fault']): Failure | undefined {
  return fault === undefined ? undefined : { error: fromFault(fault) }
}
