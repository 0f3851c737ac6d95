import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../../dependencies/app-scope.js'
import type { Failure } from '../../dependencies/failure.js'
import type { EarlyHook, Plan, Side } from '../../dependencies/plan.js'
import { RequestScope } from '../../dependencies/request-scope.js'
import type { Session } from '../../executor.js'
import { type BackgroundTasks, decideBackground } from '../../request/background.js'
import { isError } from '../../wire/cloneable.js'
import type { Left, LoopStep } from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'
import { type Caller, CallerScope, type CallerStorage } from '../visit/caller.js'
import { LateTeardown } from './late-teardown.js'
import { RequestEnd } from './request-end.js'
import { SerializationEnd } from './serialization-end.js'
import { LoopSteps, type SuspendableVisit } from './steps.js'
import { LoopTeardown } from './teardown.js'

/** Opens the visit of a request. */
export type Open = (request: FastifyRequest, reply: FastifyReply, planRun: LoopPlanRun) => SuspendableVisit

/** What the requests of a route have in common. */
export interface PlanContext {
  plan: Plan
  apps: AppScope
  /** The grace period in ms. */
  grace: number
  backgrounds: BackgroundTasks
  /** Set if requests may call functions in their visit. */
  callers: CallerStorage | undefined
}

// A property, since the garbage collection of a WeakMap with an entry for each request costs more than all
// the rest of a plan run.
const key = Symbol('fastify-blocking.planRun')

export function planRunOf (request: FastifyRequest & { [key]?: LoopPlanRun }): LoopPlanRun | undefined {
  return request[key]
}

/**
 * Runs the plan of one request on the loop: resolves the loop's phases, takes the steps that a visit
 * requests, and tears down once, when the payload is complete and before it is sent, but for what ends when
 * the response is over.
 */
export class LoopPlanRun implements Caller {
  readonly teardown: LoopTeardown
  readonly late: LateTeardown
  readonly requestEnd: RequestEnd
  /** Set once an answer of the loop is about to be serialized. */
  #serializationEnd: SerializationEnd | undefined
  readonly #steps: LoopSteps
  readonly #scope: RequestScope
  readonly #plan: Plan
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #grace: number
  #answers = 0
  /**
   * How much the loop is doing for the request: it resolves a phase, runs the handler, or ends what ends
   * before the answer is serialized. Teardown has to wait meanwhile.
   */
  #busy: number
  #continueHandler: ((goesOn: boolean) => void) | undefined
  /** The grace period of work that is still running on the loop although the request is over. */
  #closeTimer: NodeJS.Timeout | undefined

  /** `scope` is a scope that is already being resolved, and `requestEnd` its StoppableRequest. */
  constructor (
    { plan, apps, grace, backgrounds, callers }: PlanContext,
    request: FastifyRequest & { [key]?: LoopPlanRun },
    reply: FastifyReply,
    scope?: RequestScope,
    requestEnd?: RequestEnd
  ) {
    this.#plan = plan
    this.#request = request
    this.#reply = reply
    this.#grace = grace
    this.#busy = scope === undefined ? 0 : 1
    this.#steps = new LoopSteps(reply)
    this.requestEnd = requestEnd ?? new RequestEnd(plan.route, reply, this.#steps)
    this.#scope = scope ?? (callers === undefined
      ? new RequestScope(plan, 'loop', apps, request, reply, this.requestEnd)
      : new CallerScope(callers, this, plan, 'loop', apps, request, reply, this.requestEnd))
    this.late = new LateTeardown(plan, this.#scope, reply, backgrounds)
    this.teardown = new LoopTeardown(plan, this.#scope, this.#steps, this.requestEnd, reply, this.late)
    request[key] = this
    decideBackground(reply, this.teardown)
    reply.raw.once('close', () => this.#responseClosed())
  }

  get session (): Session | undefined {
    return this.#steps.session ?? this.late.session
  }

  /** On which side the handler of the plan runs. */
  get handlerSide (): Side {
    return this.#plan.handler
  }

  /** Whether nothing has to be torn down. */
  get isEmpty (): boolean {
    return this.#scope.isEmpty
  }

  /*
   * The loop resolves dependencies, and runs the handler.
   */

  /** Resolves the dependencies of a hook before the handler. Returns false if the request does not go on. */
  async resolveEarly (hook: EarlyHook): Promise<boolean> {
    return await this.#resolve(0, undefined, this.#plan.levelsAfter[hook])
  }

  /** Resolves the plan up to the handler on the loop. Returns false if the handler is not to be called. */
  async resolve (open: Open | undefined): Promise<boolean> {
    if (!(await this.#resolve(0))) return false
    if (open === undefined) return true
    return await new Promise((resolve) => {
      this.#continueHandler = resolve
      this.#steps.open(open(this.#request, this.#reply, this))
    })
  }

  /** Like resolve(), for a scope whose resolution has begun before the plan run was made. */
  async takeOver (resolving: Promise<boolean>): Promise<boolean> {
    try {
      return await resolving && !this.teardown.isClosed
    } finally {
      this.#endBusy()
    }
  }

  /** `end`: see RequestScope.resolve(). */
  async #resolve (phase: number, stored?: Promise<void>, end?: number): Promise<boolean> {
    this.#busy++
    let goesOn = false
    try {
      if (stored !== undefined) await stored
      goesOn = await this.#scope.resolve(phase, end)
    } finally {
      this.#endBusy()
    }
    return goesOn && !this.teardown.isClosed
  }

  provide (): Record<string, unknown> {
    return this.#scope.provide()
  }

  /** Runs the handler and returns its result. */
  async handle (handler: () => unknown): Promise<unknown> {
    this.#busy++
    try {
      const result = handler()
      // `undefined` means that reply.send() was or will be called. The reply must not be awaited: it is a
      // thenable that resolves when the response has been sent.
      return result === undefined || result === this.#reply ? this.#reply : await result
    } finally {
      this.#endBusy()
    }
  }

  async #whileBusy<Result> (work: () => Promise<Result>): Promise<Result> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#endBusy()
    }
  }

  get #isBusy (): boolean {
    return this.#busy > 0
  }

  /** Ends the work on the loop, and starts a teardown that has waited for it. */
  #endBusy (): void {
    this.#busy--
    if (this.#isBusy) return
    if (this.requestEnd.isDetached) this.#closeDetached()
    else if (this.#reply.raw.destroyed) this.#responseClosed()
  }

  /*
   * A visit is open: the worker requests steps of the loop.
   */

  /** Values of dependencies that cross with the request. */
  get values (): EncodedValues | undefined {
    return this.#scope.encodePhase(0)
  }

  /**
   * Called when the visit begins: the state of the request and the reply has just been taken. Returns whether
   * the first phase has something to be torn down although the plan does not say so.
   */
  openVisit (): boolean {
    // Changes are tracked only if state crosses again before the answer.
    if (this.#plan.handlerPhase > 1 || !this.#scope.isEmpty) this.#steps.trackState()
    return !this.#scope.isEmpty && !this.#plan.phases[0]!.hasTeardown
  }

  stepRequested (message: LoopStep): void {
    const { step, phase, dependencies } = message
    this.#steps.beginStep(step)
    const stored = this.#restore(message)
    this.#scope.receive(dependencies)
    const failure = this.#steps.failureOf(message)
    if (step === 'teardown') this.teardown.dispose(phase, failure, stored, message.endsAt)
    else if (this.requestEnd.isOver) this.teardown.closeInBackground(this.requestEnd.failure)
    else if (step === 'resolve') this.#resolvePhase(phase, stored)
    else if (this.#serializationEnd?.isInWorker === true) this.#serializationEnd.workerEnded(failure, stored)
    else this.#continueToHandler(phase, stored)
  }

  #resolvePhase (phase: number, stored: Promise<void> | undefined): void {
    this.#resolve(phase, stored).then((goesOn) => {
      // Otherwise an answer is on its way, and tears down.
      if (!goesOn || !this.#steps.is('resolve')) return
      const isOpen = !this.#plan.phases[phase]!.hasTeardown && this.#scope.hasOpen(phase)
      this.#steps.complete({
        dependencies: this.#scope.encodePhase(phase),
        ...this.#steps.readState(),
        ...(isOpen && { hasTeardown: true })
      })
    }, (error) => {
      if (this.#steps.is('resolve')) this.#steps.fail({ error })
    })
  }

  /**
   * Called when the visit has ended without an answer. Returns undefined if the handler goes on, otherwise
   * the result of settle().
   */
  left (message: Left): Promise<Failure | undefined> | undefined {
    const { dependencies } = message
    const failure = this.#steps.failureOf(message)
    const stored = this.#restore(message)
    if (failure !== undefined || this.#steps.isEnding || this.teardown.isClosed) {
      if (stored === undefined) return this.settle(failure)
      return stored.then(() => this.settle(failure), (error) => this.settle({ error }))
    }
    if (this.requestEnd.isOver) return this.settle(this.requestEnd.failure)
    this.#steps.end(undefined)
    this.#scope.receive(dependencies)
    this.#continueToHandler(this.#plan.handlerPhase, stored)
    return undefined
  }

  #restore (message: LoopStep | Left): Promise<void> | undefined {
    return this.requestEnd.isDetached ? undefined : this.#steps.restore(message)
  }

  /** Resolves the phase of the handler on the loop, and then lets resolve() return. */
  #continueToHandler (phase: number, stored: Promise<void> | undefined): void {
    const proceed = this.#continueHandler!
    this.#continueHandler = undefined
    this.#resolve(phase, stored).then(proceed, (error) => {
      proceed(Promise.reject(error) as never)
    })
  }

  /**
   * Called when the visit is over: tears down the rest, or has it torn down later if the loop is still using
   * it. Returns undefined if other code waits for the teardown.
   */
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    const own = this.requestEnd.detached ?? failure
    // close() was waiting for the end of the visit, or is tearing down the phase of the handler, and goes on
    // with the phases before it.
    if (this.#steps.end(own) || this.teardown.isClosingPhase) return undefined
    if (this.#isBusy) {
      if (own !== undefined) this.#detach(own)
      return Promise.resolve(failure)
    }
    return this.teardown.closeRest(own).then((rest) => {
      // Otherwise throwFromHandler() may follow.
      if (rest === undefined || isError(rest.error)) this.#continueHandler?.(false)
      // Nobody waits for this failure: it is logged.
      if (own !== failure && rest !== own) this.teardown.logLate(rest!)
      return own === failure ? rest : failure
    })
  }

  /** Answers with a value that is no error, as if the handler had thrown it. */
  throwFromHandler (thrown: unknown): void {
    this.#continueHandler?.(Promise.reject(thrown) as never)
  }

  /*
   * An answer is sent, or something else ends the request: a time limit, the client, or other code.
   */

  /** Whether nothing ends any more because of the answer: its teardown has begun, or is postponed. */
  get isOver (): boolean {
    return this.teardown.isClosed || this.requestEnd.isDetached
  }

  get isWorkerRunning (): boolean {
    return this.#steps.isWorkerStep
  }

  /** See SerializationEnd.end(). */
  async endBeforeSerialization (): Promise<Failure | undefined> {
    this.#serializationEnd ??= new SerializationEnd(
      this.#plan, this.#scope, this.#steps, () => this.isOver, (work) => this.#whileBusy(work)
    )
    return await this.#serializationEnd.end()
  }

  /**
   * Called before an answer waits for the teardown. Returns a function that tells whether the answer is still
   * the latest one, since a time limit may overtake it meanwhile.
   */
  startAnswer (): () => boolean {
    const own = ++this.#answers
    return () => own === this.#answers
  }

  /**
   * Called before a payload is sent. Returns whether the payload comes from elsewhere while the worker is
   * running: the teardown must then wait for the worker.
   */
  detachVisit (failure: Failure): boolean {
    if (this.#steps.isWorkerStep && !this.teardown.isClosed) this.requestEnd.detach(failure)
    return this.requestEnd.isDetached
  }

  /** Like detachVisit(), for work on the loop that Fastify has stopped waiting for. */
  detachBusy (failure: Failure): boolean {
    if (this.#isBusy && !this.teardown.isClosed) {
      this.#detach(failure)
      this.interrupt(failure.error)
    }
    return this.requestEnd.isDetached
  }

  /**
   * Called when Fastify's own time limit is over. Returns a promise if the teardown has begun without a
   * failure: of undefined if the teardown ends within the grace period, so that the answer counts; otherwise
   * of the failure.
   */
  expire (failure: Failure): Promise<Failure | undefined> | undefined {
    const { completing } = this.teardown
    return completing === undefined ? undefined : this.#expire(completing, failure)
  }

  async #expire (completing: Promise<unknown>, failure: Failure): Promise<Failure | undefined> {
    const isLate = await Promise.race([
      completing.then(() => false), delay(this.#grace, true, { ref: false })
    ])
    if (!isLate) return undefined
    this.#steps.outlast()
    this.interrupt(failure.error)
    return failure
  }

  /**
   * Called when the visit has taken too long, so that its answer does not count. A step of the loop fails,
   * and the worker goes on.
   */
  interrupt (error: unknown): void {
    // The answer with this error overtakes any answer that waits for the teardown.
    this.#answers++
    const failure = this.#detach({ error })
    if (this.#steps.isLoopStep) this.#steps.fail(failure)
  }

  #detach (failure: Failure): Failure {
    this.#scope.isStopped = true
    // Work that never ends would keep the dependencies open for ever.
    if (this.#isBusy && !this.teardown.isClosed) {
      this.#closeTimer ??= setTimeout(() => this.#closeDetached(), this.#grace).unref()
    }
    return this.requestEnd.detach(failure)
  }

  /**
   * Starts the postponed teardown, unless the worker is running: the worker tears its own phases down first,
   * and the end of the visit then leads to the rest.
   */
  #closeDetached (): void {
    clearTimeout(this.#closeTimer)
    this.#closeTimer = undefined
    if (!this.#steps.isWorkerStep) this.teardown.closeInBackground(this.requestEnd.detached)
  }

  /** Called when the response is over: tears down, unless close() has been called. */
  #responseClosed (): void {
    if (this.#isBusy) this.#scope.isStopped = true
    else if (!this.teardown.isClosed && !this.#steps.isWorkerStep) {
      const { requestEnd } = this
      // A stream that has ended, or bytes that were sent past Fastify, count as an answer like any other.
      this.teardown.closeInBackground(
        this.#reply.raw.writableFinished ? requestEnd.detached : requestEnd.failure
      )
    }
  }
}
