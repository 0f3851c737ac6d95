import { AsyncResource } from 'node:async_hooks'
import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import { BackgroundTooLate, BodyGone, WrongRoute } from '../../errors.js'
import { toAbortError } from '../../request/abort-error.js'
import { Background } from '../../request/background.js'
import type { AbortReason } from '../../wire/abort-reason.js'
import type { BufferPool } from '../../wire/buffer-pool.js'
import { commonNow } from '../../wire/clock.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type {
  Answer, BackgroundDone, Chunks, Credit, End, Expiring, Failed, Left, LoopStep, OpenVisit, ResponseOver,
  StepResult, ToWorker
} from '../../wire/messages.js'
import type { Trailers } from '../../wire/request-state.js'
import { sendCloneable } from '../../wire/values.js'
import type { SessionReceiver, WorkerSession } from '../session.js'
import { createAbortSignal } from './abort-signal.js'
import type { Caller } from './caller.js'
import { VisitClock } from './clock.js'
import { LifecycleState } from './lifecycle-state.js'

/** The members of WorkerPlanRun that a visit and its answer use, see plan/plan-run.ts. */
interface PlanRun {
  readonly isOver: boolean
  readonly stopped: Failure | undefined
  resolve (): Promise<boolean>
  provide (): Record<string, unknown>
  endBeforeSerialization (): Promise<Failure | undefined>
  dispose (failure: Failure | undefined): Promise<Failure | undefined>
  /** Whether something is to be torn down when the response is over. */
  readonly hasLate: boolean
  disposeLate (failure: Failure | undefined): Promise<Failure | undefined>
  giveUp (failure: Failure): Promise<void>
}

/** The members of RequestBody that a visit uses, see request-body.ts. */
interface BodyStream {
  readonly hasEnd: boolean
  receivedEncodedLength?: number
  receive (chunk: Uint8Array): void
  end (error?: Error): void
  break (error: Error): void
}

/**
 * A visit in the worker: its request as it came, and its messages to the loop. A visit has an async context
 * of its own: a store that a handler enters with AsyncLocalStorage.enterWith() would otherwise stay in the
 * context of the port, for every later message.
 */
export class WorkerVisit extends AsyncResource implements Caller, SessionReceiver {
  readonly lifecycle = new LifecycleState()
  /** Whether the visit has been routed a second time, see destination.ts. */
  isRerouted = false
  /** The time limit in ms, for the error with which the signal aborts. */
  timeout = 0
  /** Fastify's own time limit in ms. */
  handlerTimeout = 0
  /**
   * Whether the answer has been captured: later writes of Fastify to the response are its usual cleanup.
   */
  isCaptured = false
  /** Background work, to be done after the response. */
  background: Background | undefined
  #signal: AbortSignal | undefined
  #stopped: Failure | undefined
  /** Set if the route has dependencies. */
  planRun: PlanRun | undefined
  /** Set if the body comes as a stream. */
  body: BodyStream | undefined
  trailers: Trailers | undefined
  /** Set while an answer is streamed. */
  onCredit: ((credit: Credit) => void) | undefined
  /** Called once the visit is over. */
  readonly atEnd: (() => void)[] = []
  #onStepResult: ((result: StepResult) => void) | undefined
  /** Set once the loop has given the visit up, and responds to none of its messages any more. */
  #givenUp: Error | undefined
  readonly #reroute: (visit: WorkerVisit) => boolean
  /** Set if the visit is timed. */
  readonly #clock: VisitClock | undefined

  /** `reroute` routes a visit to its route, or returns false if the worker does not have the route. */
  constructor (
    readonly open: OpenVisit & Expiring,
    readonly session: WorkerSession,
    readonly bufferPool: BufferPool,
    reroute: (visit: WorkerVisit) => boolean
  ) {
    super('fastify-blocking.visit')
    this.#reroute = reroute
    this.trailers = open.trailers
    if (open.isTimed === true) this.#clock = new VisitClock()
  }

  get abortReason (): AbortReason {
    return this.session.abortReason
  }

  /**
   * Set if the visit was aborted before it could end without an error: then no dependency starts any more,
   * and none ends without an error.
   */
  get stopped (): Failure | undefined {
    const { decision } = this.session
    if (decision === 0) return undefined
    this.#stopped ??= { error: this.#signal?.reason ?? toAbortError(decision, this) }
    return this.#stopped
  }

  /**
   * Decides that the visit ends without an error: from then on the loop waits for its answer. Returns the
   * failure if an abort reason came first.
   */
  complete (): Failure | undefined | Promise<Failure | undefined> {
    const completed = this.session.complete()
    if (typeof completed === 'boolean') return completed ? undefined : this.stopped
    return completed.then((isCompleted) => isCompleted ? undefined : this.stopped)
  }

  get isOver (): boolean {
    return this.session.isOver
  }

  /**
   * Whether the server has given the visit up by now, and so no code of the app may begin. The whole process
   * may have been suspended since the session has started.
   */
  get isExpired (): boolean {
    const { expiresAt } = this.open
    return expiresAt !== undefined && commonNow() > expiresAt
  }

  /** Whether the loop has dropped the visit, and with it the logger of its request. */
  get isGone (): boolean {
    return this.isOver || this.#givenUp !== undefined
  }

  get label (): string {
    return this.open.route
  }

  /** `request.signal`; made when it is first read. */
  get signal (): AbortSignal {
    this.#signal ??= createAbortSignal(this)
    return this.#signal
  }

  /** Sends the answer. Only the first call counts. */
  answer (answer: Omit<Answer, 'type'>): void {
    if (this.isCaptured) return
    this.isCaptured = true
    const message: Answer = Object.assign(answer, { type: 'answer' as const })
    // A payload of bytes is transferred, any other is cloned.
    this.#sendLast(message, message.payload instanceof Uint8Array ? message.payload : undefined)
  }

  /** Sends the answer with the first bytes of its stream. The visit goes on until the stream has ended. */
  startStream (answer: Omit<Answer, 'type'>): void {
    if (this.isCaptured) return
    this.isCaptured = true
    const { buffer } = answer.payload as Uint8Array
    this.session.send(
      Object.assign(answer, { type: 'answer' as const, stream: 'begun' as const }),
      [buffer as ArrayBuffer]
    )
  }

  sendChunk (chunk: Uint8Array): void {
    this.session.send({ type: 'chunks', chunks: [chunk] }, [chunk.buffer as ArrayBuffer])
  }

  /** `lastChunk` is sent with the end; it may be empty. */
  endStream (failure: Failure | undefined, lastChunk: Uint8Array): void {
    this.onCredit = undefined
    if (failure !== undefined) this.background?.clear()
    const hasChunk = lastChunk.length > 0
    this.#sendLast(
      {
        type: 'end',
        ...(hasChunk && { lastChunk }),
        ...(failure && { error: serializeError(failure.error) })
      },
      hasChunk ? lastChunk : undefined
    )
  }

  fail (error: unknown): void {
    this.background?.clear()
    const failed: Failed = { type: 'failed', error: serializeError(error) }
    if (!this.lifecycle.isHandled) failed.isUnhandled = true
    this.#sendLast(failed)
  }

  /** Reroutes a visit that came to another route: a hook on the loop may have rewritten its URL or method. */
  misrouted (found: string): void {
    const isAgain = this.isRerouted
    this.isRerouted = true
    // Fastify logs "incoming request" once more.
    this.lifecycle.isLogMuted = true
    if (isAgain || !this.#reroute(this)) this.fail(new WrongRoute(this.open.route, found))
  }

  /** Returns the background work of `reply.background()`. */
  openBackground (log: FastifyReply['log']): Background {
    if (this.#givenUp !== undefined) throw this.#givenUp
    // Without a handler here nothing is captured, and the visit is over once the loop has the request.
    if ((this.isCaptured || this.isOver) && this.background?.isRunning !== true) {
      throw new BackgroundTooLate(this.open.route)
    }
    this.background ??= new Background(log)
    return this.background
  }

  /** Whether something is to be done when the response is over. */
  get hasBackground (): boolean {
    return this.background?.isEmpty === false || this.planRun?.hasLate === true
  }

  async #runBackground ({ isFailed, error }: ResponseOver): Promise<void> {
    if (isFailed) this.background?.clear()
    await this.background?.run()
    const failure = error && { error: deserializeError(error) }
    const out = await this.planRun?.disposeLate(failure)
    const isOther = out !== undefined && out !== failure
    this.#sendLast({ type: 'backgroundDone', ...(isOther && { error: serializeError(out.error) }) })
  }

  /** Requests a step of the plan from the loop, and resolves with the step's result. */
  async requestLoopStep (step: Omit<LoopStep, 'type'>): Promise<StepResult> {
    if (this.#givenUp !== undefined) return { type: 'stepResult', error: serializeError(this.#givenUp) }
    const returned = new Promise<StepResult>((resolve) => { this.#onStepResult = resolve })
    const message: LoopStep = Object.assign(step, { type: 'step' as const })
    sendCloneable(() => this.session.send(message), message.dependencies)
    const result = await returned
    this.#onStepResult = undefined
    return result
  }

  /**
   * Called when the loop has given the visit up, since the visit would not end: breaks its streams, and tears
   * its dependencies down with the error.
   */
  giveUp (): void {
    if (this.isGone) return
    const stopped = this.stopped?.error
    // A visit that was ending without an error when the server closed has no abort reason as decision.
    const error = stopped instanceof Error ? stopped : toAbortError(this.abortReason, this)
    const serialized = serializeError(error)
    this.#givenUp = error
    this.background?.clear()
    if (this.body?.hasEnd === false) this.body.break(error)
    this.onCredit?.({ type: 'credit', bytes: 0, isCancelled: true, error: serialized })
    // A plan run that waits for a step of the loop tears down by itself when it gets the error.
    if (this.#onStepResult !== undefined) this.#onStepResult({ type: 'stepResult', error: serialized })
    else this.runInAsyncScope(() => this.planRun?.giveUp({ error }))
  }

  /** Grants the loop credit for more bytes of the body, or cancels the body. */
  grantCredit (credit: Omit<Credit, 'type'>): void {
    if (this.#givenUp === undefined) this.session.send({ type: 'credit', ...credit })
  }

  receive (message: ToWorker): void {
    this.runInAsyncScope(this.#receive, this, message)
  }

  #receive (message: ToWorker): void {
    switch (message.type) {
      case 'chunks':
      case 'end': return this.#receiveBody(message)
      case 'credit': return this.onCredit?.(message)
      case 'stepResult': return this.#onStepResult?.(message)
      case 'responseOver': this.#runBackground(message)
    }
  }

  #receiveBody (message: Chunks | End): void {
    const { body } = this
    if (this.isOver || body === undefined || body.hasEnd) return
    if (message.type === 'end') this.trailers = message.trailers
    if (message.encodedLength !== undefined) body.receivedEncodedLength = message.encodedLength
    if (message.type === 'chunks') for (const chunk of message.chunks) body.receive(chunk)
    else body.end(message.error && deserializeError(message.error))
  }

  /** Ends the visit without an answer: the loop answers. */
  leaveToLoop (left: Omit<Left, 'type' | 'hasBackground'>): void {
    this.#sendLast(Object.assign(left, { type: 'left' as const }))
  }

  /** Sends a message that ends the visit, unless background work is still to be done. */
  #sendLast (message: Answer | BackgroundDone | End | Failed | Left, bytes?: Uint8Array): void {
    if (this.isOver) return
    if (this.hasBackground) (message as Answer).hasBackground = true
    else {
      if (this.#clock !== undefined) message.times = this.#clock.read()
      this.#end()
    }
    sendCloneable(
      () => this.session.send(message, bytes && [bytes.buffer as ArrayBuffer]),
      message.type === 'left' ? message.dependencies : undefined
    )
  }

  #end (): void {
    if (this.body?.hasEnd === false) this.body.break(new BodyGone(this.open.route))
    if (this.atEnd.length > 0) setImmediate(() => { for (const call of this.atEnd) call() })
  }
}
