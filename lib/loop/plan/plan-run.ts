import { finished, type Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../../dependencies/app-scope.js'
import type { Plan } from '../../dependencies/plan.js'
import { type Failure, RequestScope } from '../../dependencies/request-scope.js'
import { type OutcomeDecider, decideBackground, dropBackground, failBackground } from '../../request/background.js'
import { ClientGone } from '../../errors.js'
import { readReply, restoreReply } from '../../request/reply-head.js'
import { RequestSync } from '../../request/state-sync.js'
import type { Session } from '../../executor.js'
import type { Left, LoopStep } from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'
import { SessionScope, type SessionHolder, type CurrentSession } from '../visit/session-holder.js'
import { isWebResponse } from '../../wire/streams.js'
import { type SuspendableVisit, type StepState, LoopSteps } from './steps.js'

// A property, since a WeakMap with an entry for each request costs its garbage collection more than the rest of this.
const key = Symbol('fastify-blocking.course')

export function planRunOf (request: FastifyRequest & { [key]?: LoopPlanRun }): LoopPlanRun | undefined {
  return request[key]
}

/**
 * One request's way through its plan, as seen from the loop: the phases that are the loop's, the turns that a visit gives
 * it, and the teardown, which happens once, when the payload is complete and before it is sent.
 */
export class LoopPlanRun implements SessionHolder, OutcomeDecider {
  readonly #scope: RequestScope
  readonly #plan: Plan
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #steps = new LoopSteps()
  /** Of a visit that has begun. */
  #state: RequestSync | undefined
  #isClosed = false
  #answers = 0
  /** Answered by somebody else, while what is to be torn down was still in use. */
  #detached: Failure | undefined
  /** The loop resolves a phase, or runs the handler: nothing may be taken from under them. */
  #isBusy = false
  /** Of a phase that the worker has asked to be disposed of. */
  #disposal: Promise<Failure | undefined> | undefined
  #continueHandler: ((goesOn: boolean) => void) | undefined
  /** Of what ends without an error. */
  #completing: Promise<Failure | undefined> | undefined
  readonly #grace: number
  /** The answer was a stream that has broken. */
  #broken: Failure | undefined
  /** The loop ends what has begun after the visit, which is still open. */
  #isClosingPhase = false
  #hasEnded = false
  #onEnded: (() => void) | undefined
  /** Of what the loop is busy with although the request is over. */
  #closeTimer: NodeJS.Timeout | undefined
  /** The visit's own answer is a stream on its way: what is open ends with it. */
  isStreaming = false

  /** `holders` is for requests that may call functions in their visit; `grace` in ms; `scope` is one that is being resolved. */
  constructor (plan: Plan, apps: AppScope, request: FastifyRequest & { [key]?: LoopPlanRun }, reply: FastifyReply, grace: number, currentSession?: CurrentSession, scope?: RequestScope) {
    this.#plan = plan
    this.#request = request
    this.#reply = reply
    this.#grace = grace
    const whyStopped = (): Failure | undefined => this.#detached ?? this.#steps.failure
    this.#isBusy = scope !== undefined
    this.#scope = scope ?? (currentSession === undefined ? new RequestScope(plan, 'loop', apps, request, reply, whyStopped) : new SessionScope(currentSession, this, plan, 'loop', apps, request, reply, whyStopped))
    request[key] = this
    decideBackground(reply, this)
    reply.raw.once('close', () => this.#responseClosed())
  }

  get session (): Session | undefined {
    return this.#steps.session
  }

  /** What goes with the request. */
  get values (): EncodedValues | undefined {
    return this.#scope.encodePhase(0)
  }

  /** Whether there is nothing to be torn down. */
  get isEmpty (): boolean {
    return this.#scope.isEmpty
  }

  /** The visit begins: what has been put on the request and the reply goes with it. Whether there is something to be torn down that the plan does not know of. */
  openVisit (): boolean {
    // Where nothing comes back before the answer nobody asks.
    if (this.#plan.handlerPhase > 1 || !this.#scope.isEmpty) this.#state = new RequestSync(this.#reply)
    return !this.#scope.isEmpty && !this.#plan.phases[0]!.hasTeardown
  }

  /** Up to the handler on the loop; false if it is not to be called. */
  async resolve (visit: (() => SuspendableVisit) | undefined): Promise<boolean> {
    if (!(await this.#resolve(0))) return false
    if (visit === undefined) return true
    return await new Promise((resolve) => {
      this.#continueHandler = resolve
      this.#steps.open(visit())
    })
  }

  /** Of a scope that has been resolved without it: as resolve(). */
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

  /** Runs the handler; whether its result still counts. */
  async handle (handler: () => unknown): Promise<unknown> {
    this.#isBusy = true
    try {
      const result = handler()
      // What calls reply.send() later, or has; and a reply that is awaited is one that has been sent.
      return result === undefined || result === this.#reply ? this.#reply : await result
    } finally {
      this.#endBusy()
    }
  }

  /** Of an answer that is about to be made: tells whether it is still the last one. A time limit may overtake it while it waits for the teardown. */
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

  /** What has ended the request while something still ran, or was still open. */
  get detached (): Failure | undefined {
    return this.#detached
  }

  /** Tears down, with what has ended the request before, if anything has; gives the failure that comes out. */
  async close (failure: Failure | undefined): Promise<Failure | undefined> {
    if (this.#isClosed) return failure
    this.#isClosed = true
    if (failure === undefined) failure = this.#steps.markCompleting()
    failure = this.#detached ?? failure
    this.#scope.close(failure)
    const closing = this.#steps.isLoopStep ? this.#closeVisit(failure).then((out) => this.#disposeRest(out)) : this.#disposeRest(failure)
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

  /** Whether a payload that is about to be sent comes from elsewhere while the worker is busy: nothing may be taken from under it. */
  detachVisit (failure: Failure): boolean {
    if (this.#steps.isWorkerStep && !this.#isClosed) this.#detached ??= failure
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

  /**
   * Fastify's own time limit is over. A promise if what is open has begun to end without an error: of undefined if it comes to its
   * end within the grace period, and the answer counts.
   */
  expire (failure: Failure): Promise<Failure | undefined> | undefined {
    return this.#completing === undefined ? undefined : this.#expire(this.#completing, failure)
  }

  async #expire (completing: Promise<unknown>, failure: Failure): Promise<Failure | undefined> {
    const isLate = await Promise.race([completing.then(() => false), delay(this.#grace, true, { ref: false })])
    if (!isLate) return undefined
    this.#steps.outlast()
    this.interrupt(failure.error)
    return failure
  }

  /** The visit takes too long, and its answer does not count. If it is the loop's turn, the worker has its turn back. */
  interrupt (error: unknown): void {
    // Whose answer comes before any that is waiting.
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

  /** The visit has ended without an answer. Whether the handler goes on. */
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

  /** What dependencies in the worker have put on the request and the reply. Resolves as SharedState.apply. */
  #restore ({ reply, changes }: LoopStep | Left): Promise<void> | undefined {
    if (reply !== undefined) restoreReply(this.#reply, reply)
    return this.#state?.applyDiff(changes)
  }

  /** The visit is over: what is left is torn down, or will be when the loop has come to an end with it. Undefined if somebody else waits for that. */
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    const own = this.#detached ?? failure
    if (this.#steps.end(own)) return undefined
    // What is open in the worker, and before it, ends after what ends now.
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
      // Nobody waits for it: what goes wrong is logged.
      if (own !== failure && rest !== own) this.#logLateError(rest!)
      return own === failure ? rest : failure
    })
  }

  #resolvePhase (phase: number, stored: Promise<void> | undefined): void {
    this.#resolve(phase, stored).then((goesOn) => {
      // Otherwise the answer is on its way, and closes.
      if (!goesOn || !this.#steps.is('resolve')) return
      const isOpen = !this.#plan.phases[phase]!.hasTeardown && this.#scope.hasOpen(phase)
      this.#steps.complete({ dependencies: this.#scope.encodePhase(phase), ...this.#readState(), ...(isOpen && { hasTeardown: true }) })
    }, (error) => {
      if (this.#steps.is('resolve')) this.#steps.fail({ error })
    })
  }

  async #dispose (phase: number, failure: Failure | undefined, stored: Promise<void> | undefined): Promise<void> {
    // Of one that was interrupted, with the rest: see #disposeRest.
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

  /** What is on the reply and the request, for the worker. */
  #readState (): StepState {
    const changes = this.#state?.diff()
    return { reply: readReply(this.#reply), ...(changes && { changes }) }
  }

  /** Not of a reply that has left. */
  get #mayRestore (): boolean {
    return !this.isDetached && !this.#reply.sent && !this.#reply.raw.headersSent
  }

  /** Everything that the handler on the loop waits for is there, but what its own phase has. */
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
    for (let phase = this.#plan.handlerPhase; phase >= 0; phase--) failure = await this.#scope.dispose(phase, failure)
    return failure
  }

  /** The response is over, and nothing has closed. */
  #responseClosed (): void {
    if (this.#isBusy) this.#scope.isStopped = true
    // A stream that has come to its end, or what was sent past Fastify, is as good as any other answer.
    else if (!this.#isClosed && !this.#steps.isWorkerStep) this.closeInBackground(this.#reply.raw.writableFinished ? this.#detached : this.#over)
  }

  /** Whether nobody waits for the rest. */
  get #isOver (): boolean {
    return this.isDetached || this.#reply.raw.destroyed
  }

  get #over (): Failure {
    return this.#detached ?? this.#broken ?? { error: this.#reply.raw.errored ?? new ClientGone(this.#plan.route) }
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
    // What never ends would hold what is open for ever.
    if (this.#isBusy && !this.#isClosed) this.#closeTimer ??= setTimeout(() => this.#closeDetached(), this.#grace).unref()
    return this.#detached
  }

  /** Not before what the worker has: that is on its way, and the end of the visit comes after it. */
  #closeDetached (): void {
    clearTimeout(this.#closeTimer)
    this.#closeTimer = undefined
    if (!this.#steps.isWorkerStep) this.closeInBackground(this.#detached)
  }

  /** What has ended the request meanwhile has waited until now. */
  #endBusy (): void {
    this.#isBusy = false
    if (this.isDetached) this.#closeDetached()
    else if (this.#reply.raw.destroyed) this.#responseClosed()
  }

  /** A stream is about to be sent: if it breaks, what is open is told why. Not if the client has hung up before, which ends it as well. */
  watch (payload: object): void {
    const stream = isWebResponse(payload) ? payload.body : payload
    if (stream === null) return
    try {
      finished(stream as Readable, { readable: true, writable: false }, (error) => {
        if (error) this.#broken ??= { error }
      })
    } catch (error) {
      // Of another implementation, which Node cannot watch.
      this.#request.log.debug({ err: error }, 'fastify-blocking: a stream is not watched')
    }
  }

  /** Nobody awaits it: what goes wrong is logged. */
  closeInBackground (failure: Failure | undefined): void {
    this.close(failure).then((out) => {
      if (out !== undefined && out !== failure) this.#logLateError(out)
    })
  }

  #logLateError ({ error }: Failure): void {
    this.#request.log.error({ err: error }, 'fastify-blocking: a teardown failed after the request was over')
  }
}
