import { finished, type Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../../dependencies/app-scope.js'
import type { Plan } from '../../dependencies/plan.js'
import { type Failure, RequestScope } from '../../dependencies/request-scope.js'
import { ClientGone } from '../../errors.js'
import type { Session } from '../../executor.js'
import {
  decideBackground, dropBackground, failBackground, type OutcomeDecider
} from '../../request/background.js'
import { readReply, restoreReply } from '../../request/reply-head.js'
import { RequestSync } from '../../request/state-sync.js'
import type { Left, LoopStep } from '../../wire/messages.js'
import { isWebResponse } from '../../wire/streams.js'
import type { EncodedValues } from '../../wire/values.js'
import { type CurrentSession, type SessionHolder, SessionScope } from '../visit/session-holder.js'
import { LoopSteps, type StepState, type SuspendableVisit } from './steps.js'

// A property, since the garbage collection of a WeakMap with an entry for each request costs more than all
// the rest of a plan run.
const key = Symbol('fastify-blocking.course')

export function planRunOf (request: FastifyRequest & { [key]?: LoopPlanRun }): LoopPlanRun | undefined {
  return request[key]
}

/**
 * Runs the plan of one request on the loop: resolves the loop's phases, takes the steps that a visit
 * requests, and tears down once, when the payload is complete and before it is sent.
 */
export class LoopPlanRun implements SessionHolder, OutcomeDecider {
  readonly #scope: RequestScope
  readonly #plan: Plan
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #steps = new LoopSteps()
  /** Set once the visit has begun, if the state of request and reply crosses before the answer. */
  #state: RequestSync | undefined
  #isClosed = false
  #answers = 0
  /**
   * Set when something else, such as a hook or a time limit, has answered while dependencies were still in
   * use: their teardown is then postponed. Holds the failure that they get.
   */
  #detached: Failure | undefined
  /** Set while the loop resolves a phase or runs the handler: teardown has to wait meanwhile. */
  #isBusy = false
  /** The teardown of a phase that the worker has requested. */
  #disposal: Promise<Failure | undefined> | undefined
  #continueHandler: ((goesOn: boolean) => void) | undefined
  /** The teardown, if it has begun without a failure. */
  #completing: Promise<Failure | undefined> | undefined
  readonly #grace: number
  /** Set if the answer was a stream that has broken. */
  #broken: Failure | undefined
  /** Set while the loop tears down the phase of its handler, before the visit goes on. */
  #isClosingPhase = false
  #hasEnded = false
  #onEnded: (() => void) | undefined
  /** The grace period of work that is still running on the loop although the request is over. */
  #closeTimer: NodeJS.Timeout | undefined
  /** Set while the visit's answer is streamed: the teardown follows at the end of the stream. */
  isStreaming = false

  /**
   * `currentSession` is set for requests that may call functions in their visit. `grace` is in ms. `scope` is
   * a scope that is already being resolved.
   */
  constructor (
    plan: Plan,
    apps: AppScope,
    request: FastifyRequest & { [key]?: LoopPlanRun },
    reply: FastifyReply,
    grace: number,
    currentSession?: CurrentSession,
    scope?: RequestScope
  ) {
    this.#plan = plan
    this.#request = request
    this.#reply = reply
    this.#grace = grace
    const whyStopped = (): Failure | undefined => this.#detached ?? this.#steps.failure
    this.#isBusy = scope !== undefined
    this.#scope = scope ?? (currentSession === undefined
      ? new RequestScope(plan, 'loop', apps, request, reply, whyStopped)
      : new SessionScope(currentSession, this, plan, 'loop', apps, request, reply, whyStopped))
    request[key] = this
    decideBackground(reply, this)
    reply.raw.once('close', () => this.#responseClosed())
  }

  get session (): Session | undefined {
    return this.#steps.session
  }

  /** Values of dependencies that cross with the request. */
  get values (): EncodedValues | undefined {
    return this.#scope.encodePhase(0)
  }

  /** Whether nothing has to be torn down. */
  get isEmpty (): boolean {
    return this.#scope.isEmpty
  }

  /**
   * Called when the visit begins: the state of the request and the reply has just been taken. Returns whether
   * the first phase has something to be torn down although the plan does not say so.
   */
  openVisit (): boolean {
    // Changes are tracked only if state crosses again before the answer.
    if (this.#plan.handlerPhase > 1 || !this.#scope.isEmpty) this.#state = new RequestSync(this.#reply)
    return !this.#scope.isEmpty && !this.#plan.phases[0]!.hasTeardown
  }

  /** Resolves the plan up to the handler on the loop. Returns false if the handler is not to be called. */
  async resolve (visit: (() => SuspendableVisit) | undefined): Promise<boolean> {
    if (!(await this.#resolve(0))) return false
    if (visit === undefined) return true
    return await new Promise((resolve) => {
      this.#continueHandler = resolve
      this.#steps.open(visit())
    })
  }

  /** Like resolve(), for a scope whose resolution has begun before the plan run was made. */
  async takeOver (resolving: Promise<boolean>): Promise<boolean> {
    try {
      return await resolving && !this.#isClosed
    } finally {
      this.#endBusy()
    }
  }

  provide (): Record<string, unknown> {
    return this.#scope.provide()
  }

  /** Runs the handler and returns its result. */
  async handle (handler: () => unknown): Promise<unknown> {
    this.#isBusy = true
    try {
      const result = handler()
      // `undefined` means that reply.send() was or will be called. The reply must not be awaited: it is a
      // thenable that resolves when the response has been sent.
      return result === undefined || result === this.#reply ? this.#reply : await result
    } finally {
      this.#endBusy()
    }
  }

  /**
   * Called before an answer waits for the teardown. Returns a function that tells whether the answer is still
   * the latest one, since a time limit may overtake it meanwhile.
   */
  startAnswer (): () => boolean {
    const own = ++this.#answers
    return () => own === this.#answers
  }

  get isClosed (): boolean {
    return this.#isClosed
  }

  get isDetached (): boolean {
    return this.#detached !== undefined
  }

  /** The failure that has ended the request while dependencies were still in use. */
  get detached (): Failure | undefined {
    return this.#detached
  }

  /**
   * Tears the dependencies down with the failure, or with the one that has ended the request before. Returns
   * the failure that comes out.
   */
  async close (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isClosed) return failure
    this.#isClosed = true
    if (failure === undefined) failure = this.#steps.markCompleting()
    failure = this.#detached ?? failure
    this.#scope.close(failure)
    const closing = this.#steps.isLoopStep
      ? this.#closeVisit(failure).then((out) => this.#disposeRest(out))
      : this.#disposeRest(failure)
    if (failure === undefined) this.#completing = closing
    return await this.#end(closing)
  }

  /** Resolves once it is known whether the request has failed. */
  whenOver (): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasEnded) return resolve()
      const before = this.#onEnded
      this.#onEnded = () => {
        before?.()
        resolve()
      }
    })
  }

  async #end (closing: Promise<Failure | undefined>): Promise<Failure | undefined> {
    const failure = await closing
    if (failure !== undefined) failBackground(this.#reply)
    this.#hasEnded = true
    this.#onEnded?.()
    return failure
  }

  /**
   * Called before a payload is sent. Returns whether the payload comes from elsewhere while the worker is
   * running: the teardown must then wait for the worker.
   */
  detachVisit (failure: Failure): boolean {
    if (this.#steps.isWorkerStep && !this.#isClosed) this.#detached ??= failure
    return this.isDetached
  }

  /** Like detachVisit(), for work on the loop that Fastify has stopped waiting for. */
  detachBusy (failure: Failure): boolean {
    if (this.#isBusy && !this.#isClosed) {
      this.#detach(failure)
      this.interrupt(failure.error)
    }
    return this.isDetached
  }

  /**
   * Called when Fastify's own time limit is over. Returns a promise if the teardown has begun without a
   * failure: of undefined if the teardown ends within the grace period, so that the answer counts; otherwise
   * of the failure.
   */
  expire (failure: Failure): Promise<Failure | undefined> | undefined {
    return this.#completing === undefined ? undefined : this.#expire(this.#completing, failure)
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

  stepRequested (message: LoopStep): void {
    const { step, phase, dependencies } = message
    this.#steps.beginStep(step)
    const stored = this.#mayRestore ? this.#restore(message) : undefined
    this.#scope.receive(dependencies)
    if (step === 'teardown') this.#dispose(phase, this.#steps.failureOf(message), stored)
    else if (this.#isOver) this.closeInBackground(this.#over)
    else if (step === 'resolve') this.#resolvePhase(phase, stored)
    else this.#continueToHandler(phase, stored)
  }

  /**
   * Called when the visit has ended without an answer. Returns undefined if the handler goes on, otherwise
   * the result of settle().
   */
  left (message: Left): Promise<Failure | undefined> | undefined {
    const { dependencies } = message
    const failure = this.#steps.failureOf(message)
    const stored = this.#mayRestore ? this.#restore(message) : undefined
    if (failure !== undefined || this.#steps.isEnding || this.#isClosed) {
      if (stored === undefined) return this.settle(failure)
      return stored.then(() => this.settle(failure), (error) => this.settle({ error }))
    }
    if (this.#isOver) return this.settle(this.#over)
    this.#steps.end(undefined)
    this.#scope.receive(dependencies)
    this.#continueToHandler(this.#plan.handlerPhase, stored)
    return undefined
  }

  /**
   * Applies the state of the request and the reply after dependencies in the worker. Resolves as
   * RequestSync.applyDiff() does.
   */
  #restore ({ reply, changes }: LoopStep | Left): Promise<void> | undefined {
    if (reply !== undefined) restoreReply(this.#reply, reply)
    return this.#state?.applyDiff(changes)
  }

  /**
   * Called when the visit is over: tears down the rest, or has it torn down later if the loop is still using
   * it. Returns undefined if other code waits for the teardown.
   */
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    const own = this.#detached ?? failure
    if (this.#steps.end(own)) return undefined
    // #closeVisit() is tearing down the handler's phase, and goes on with the phases before it.
    if (this.#isClosingPhase) return undefined
    if (this.#isBusy) {
      if (own !== undefined) this.#detach(own)
      return Promise.resolve(failure)
    }
    this.#isClosed = true
    this.#scope.close(own)
    const closing = this.#disposeRest(own)
    if (own === undefined) this.#completing = closing
    return this.#end(closing).then((rest) => {
      this.#continueHandler?.(false)
      // Nobody waits for this failure: it is logged.
      if (own !== failure && rest !== own) this.#logLateError(rest!)
      return own === failure ? rest : failure
    })
  }

  #resolvePhase (phase: number, stored: Promise<void> | undefined): void {
    this.#resolve(phase, stored).then((goesOn) => {
      // Otherwise an answer is on its way, and tears down.
      if (!goesOn || !this.#steps.is('resolve')) return
      const isOpen = !this.#plan.phases[phase]!.hasTeardown && this.#scope.hasOpen(phase)
      this.#steps.complete({
        dependencies: this.#scope.encodePhase(phase),
        ...this.#readState(),
        ...(isOpen && { hasTeardown: true })
      })
    }, (error) => {
      if (this.#steps.is('resolve')) this.#steps.fail({ error })
    })
  }

  async #dispose (
    phase: number, failure: Failure | undefined, stored: Promise<void> | undefined
  ): Promise<void> {
    // An interrupted teardown of a phase is still running: #disposeRest() does the others after it.
    if (this.#disposal !== undefined) return this.#steps.complete({})
    try {
      if (stored !== undefined) await stored
    } catch (error) {
      failure ??= { error }
    }
    this.#disposal = this.#scope.dispose(phase, this.#detached ?? failure)
    const out = await this.#disposal
    if (out !== undefined) dropBackground(this.#reply)
    if (!this.#steps.is('teardown')) return
    this.#disposal = undefined
    if (out === failure || out === undefined) this.#steps.complete(this.#readState())
    else this.#steps.fail(out, this.#readState())
  }

  /** Reads the state of the reply and the changes of the request, for the worker. */
  #readState (): StepState {
    const changes = this.#state?.diff()
    return { reply: readReply(this.#reply), ...(changes && { changes }) }
  }

  /** False for a reply that has been sent. */
  get #mayRestore (): boolean {
    return !this.isDetached && !this.#reply.sent && !this.#reply.raw.headersSent
  }

  /** Resolves the phase of the handler on the loop, and then lets resolve() return. */
  #continueToHandler (phase: number, stored: Promise<void> | undefined): void {
    const proceed = this.#continueHandler!
    this.#continueHandler = undefined
    this.#resolve(phase, stored).then(proceed, (error) => {
      proceed(Promise.reject(error) as never)
    })
  }

  async #closeVisit (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#steps.is('handle')) {
      this.#isClosingPhase = true
      failure = await this.#scope.dispose(this.#plan.handlerPhase, failure)
      this.#isClosingPhase = false
    }
    return await this.#steps.finish(failure, () => this.#readState())
  }

  async #disposeRest (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#disposal !== undefined) failure = await this.#disposal ?? failure
    if (this.#scope.isEmpty) return failure
    for (let phase = this.#plan.handlerPhase; phase >= 0; phase--) {
      failure = await this.#scope.dispose(phase, failure)
    }
    return failure
  }

  /** Called when the response is over: tears down, unless close() has been called. */
  #responseClosed (): void {
    if (this.#isBusy) this.#scope.isStopped = true
    else if (!this.#isClosed && !this.#steps.isWorkerStep) {
      // A stream that has ended, or bytes that were sent past Fastify, count as an answer like any other.
      this.closeInBackground(this.#reply.raw.writableFinished ? this.#detached : this.#over)
    }
  }

  /** Whether the request is over, so that nobody waits for the remaining phases. */
  get #isOver (): boolean {
    return this.isDetached || this.#reply.raw.destroyed
  }

  get #over (): Failure {
    return this.#detached ?? this.#broken ??
      { error: this.#reply.raw.errored ?? new ClientGone(this.#plan.route) }
  }

  async #resolve (phase: number, stored?: Promise<void>): Promise<boolean> {
    this.#isBusy = true
    let goesOn = false
    try {
      if (stored !== undefined) await stored
      goesOn = await this.#scope.resolve(phase)
    } finally {
      this.#endBusy()
    }
    return goesOn && !this.#isClosed
  }

  #detach (failure: Failure): Failure {
    this.#scope.isStopped = true
    this.#detached ??= failure
    // Work that never ends would keep the dependencies open for ever.
    if (this.#isBusy && !this.#isClosed) {
      this.#closeTimer ??= setTimeout(() => this.#closeDetached(), this.#grace).unref()
    }
    return this.#detached
  }

  /**
   * Starts the postponed teardown, unless the worker is running: the worker tears its own phases down first,
   * and the end of the visit then leads to the rest.
   */
  #closeDetached (): void {
    clearTimeout(this.#closeTimer)
    this.#closeTimer = undefined
    if (!this.#steps.isWorkerStep) this.closeInBackground(this.#detached)
  }

  /** Ends the work on the loop, and starts a teardown that has waited for it. */
  #endBusy (): void {
    this.#isBusy = false
    if (this.isDetached) this.#closeDetached()
    else if (this.#reply.raw.destroyed) this.#responseClosed()
  }

  /**
   * Called before a stream is sent: if the stream breaks, the dependencies get its error. If the client has
   * hung up before, which breaks the stream too, the dependencies get ClientGone.
   */
  watch (payload: object): void {
    const stream = isWebResponse(payload) ? payload.body : payload
    if (stream === null) return
    try {
      finished(stream as Readable, { readable: true, writable: false }, (error) => {
        if (error) this.#broken ??= { error }
      })
    } catch (error) {
      // The stream has another implementation, which Node cannot watch.
      this.#request.log.debug({ err: error }, 'fastify-blocking: a stream is not watched')
    }
  }

  /** Like close(), for a teardown that nobody awaits: another failure that comes out is logged. */
  closeInBackground (failure: Failure | undefined): void {
    this.close(failure).then((out) => {
      if (out !== undefined && out !== failure) this.#logLateError(out)
    })
  }

  #logLateError ({ error }: Failure): void {
    this.#request.log.error({ err: error }, 'fastify-blocking: a teardown failed after the request was over')
  }
}
