import { AsyncResource } from 'node:async_hooks'
import type { MessagePort } from 'node:worker_threads'
import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/request-scope.js'
import { BackgroundTooLate, BodyGone, LoopOnly, WrongRoute } from '../../errors.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import { AbortReason, markCompleting, readAbortReason, readDecision, wakeWaiters } from '../../wire/shared-cells.js'
import { Background } from '../../request/background.js'
import type { Answer, Done, End, Failed, Flow, Headers, Left, Open, Over, Part, Return, Trailers, Turn } from '../../wire/messages.js'
import { dropUncloneable } from '../../wire/values.js'
import type { BufferPool } from '../../wire/buffer-pool.js'
import type { RequestSync } from '../../request/state-sync.js'
import type { Task } from './current-task.js'
import { createAbortSignal, type Abortable, toAbortError } from './abort-signal.js'

/** The run of a plan, as far as its visit and what answers for it know it; see plan/plan-run.ts. */
interface PlanRun {
  readonly isOver: boolean
  readonly stopped: Failure | undefined
  resolve (): Promise<boolean>
  provide (): Record<string, unknown>
  dispose (failure: Failure | undefined): Promise<Failure | undefined>
}

/** The body stream, as far as its visit knows it; see request-body.ts. */
interface RequestBody {
  readonly hasEnd: boolean
  receivedEncodedLength?: number
  receive (part: Uint8Array): void
  end (error?: Error): void
  break (error: Error): void
}

interface InitialProperties extends Record<'request' | 'reply', Record<string, unknown>> {
  /** Of what they had that is not Fastify's. */
  names: Record<'request' | 'reply', readonly string[]>
}

/**
 * A visit as the worker sees it: what came, and where its answer goes. It has an async context of its own: what a handler enters an
 * AsyncLocalStorage with would stay in that of the port, for whatever comes by it.
 */
export class WorkerVisit extends AsyncResource implements Task {
  /** Whether the right route has been found. */
  isReached = false
  /** Whether it has been routed once more, to where its route is. */
  isRerouted = false
  /** Its time limit in ms, for the error that the signal aborts with. */
  timeout = 0
  /** Fastify's own, likewise. */
  handlerTimeout = 0
  /** Whether the answer has been taken from Fastify; what it does to the response after that is its usual tidying up. */
  isCaptured = false
  /** Takes what Fastify writes by itself; set once an answer, or an error, has come to its hooks. */
  onWritten: ((headers: Headers, payload: string | Buffer | undefined) => void) | undefined
  /** The handler called `reply.callNotFound()`: the loop answers. */
  isNotFound = false
  /** What is to be done when the response is over. */
  background: Background | undefined
  /** Whether the handler is here; else its dependencies are. */
  hasHandler = true
  #signal: AbortSignal | undefined
  #stopped: Failure | undefined
  /** Of a route with dependencies. */
  planRun: PlanRun | undefined
  /** Whether what its logger is told has been logged on the loop: Fastify's "incoming request". */
  isLogMuted = true
  /** Of a body that follows. */
  body: RequestBody | undefined
  /** What has come after it. */
  trailers: Trailers | undefined
  /** Of a streamed answer. */
  onCredit: ((grantCredit: Flow) => void) | undefined
  /** Called once it is over. */
  readonly callId = undefined
  readonly atEnd: (() => void)[] = []
  /** What the request and the reply had, before any hook, in the place of what could not cross. */
  readonly initial: InitialProperties = { request: {}, reply: {}, names: { request: [], reply: [] } }
  /** What its request and reply share with those of the loop, once they have it. */
  sync: RequestSync | undefined
  #isOver = false
  #abortReasonAtEnd = AbortReason.none
  #onStepResult: ((back: Return) => void) | undefined
  /** That of the reply: how often one has been set on the loop, and whether it is the loop's. */
  readonly serializer = { count: 0, isLoops: false }
  /** Why the loop has given it up: nothing that it asks is answered any more. */
  #givenUp: Error | undefined
  readonly #port: MessagePort
  readonly #reroute: (visit: WorkerVisit) => boolean

  /** `spent` is the thread's. `reroute` routes a visit to where its route is; false if nobody knows how. */
  constructor (readonly open: Open, readonly flags: Int32Array, port: MessagePort, readonly bufferPool: BufferPool, reroute: (visit: WorkerVisit) => boolean) {
    super('fastify-blocking.visit')
    this.#port = port
    this.#reroute = reroute
    this.trailers = open.trailers
  }

  /** Why the visit should stop, or should have when it ended: the cell belongs to another one then, but a call that it has left running is still to hear of it. */
  get abortReason (): AbortReason {
    return this.#isOver ? this.#abortReasonAtEnd : readAbortReason(this.flags, this.open.slot)
  }

  /** Why nothing of it may begin any more, nor end without an error. */
  get stopped (): Failure | undefined {
    const abortReason = this.#isOver ? AbortReason.none : readDecision(this.flags, this.open.slot)
    if (abortReason === AbortReason.none) return undefined
    this.#stopped ??= { error: this.#signal?.reason ?? toAbortError(abortReason, this) }
    return this.#stopped
  }

  /** It ends without an error: from then on the loop waits for its answer. Otherwise why it does not. */
  complete (): Failure | undefined {
    return this.#isOver || markCompleting(this.flags, this.open.slot) ? undefined : this.stopped
  }

  get isOver (): boolean {
    return this.#isOver
  }

  /** Whether the loop has nothing of it any more, nor its request's logger: it is over, or has been given up. */
  get isGone (): boolean {
    return this.#isOver || this.#givenUp !== undefined
  }

  get slot (): number {
    return this.open.slot
  }

  get label (): string {
    return this.open.route
  }

  get cells (): Abortable['cells'] {
    return [[this.flags, this.open.slot]]
  }

  /** `request.signal`; made when somebody asks for it. */
  get signal (): AbortSignal {
    this.#signal ??= createAbortSignal(this)
    return this.#signal
  }

  /** Not a second one: whoever has its place by then would take it for its own. */
  answer (answer: Omit<Answer, 'slot'>): void {
    if (this.isCaptured) return
    this.isCaptured = true
    const { payload } = answer
    // Bytes are moved, the rest is cloned.
    this.#sendLast(Object.assign(answer, { slot: this.open.slot }), payload instanceof Uint8Array ? [payload.buffer as ArrayBuffer] : [])
  }

  /** The answer, with the first bytes of its stream: the visit goes on until that has ended. */
  startStream (answer: Omit<Answer, 'slot'>): void {
    if (this.isCaptured) return
    this.isCaptured = true
    this.#transfer(Object.assign(answer, { stream: 'begun' as const, slot: this.open.slot }), answer.payload as Uint8Array)
  }

  sendChunk (part: Uint8Array): void {
    this.#transfer({ parts: [part], slot: this.open.slot }, part)
  }

  /** `last` are the bytes before the end. */
  endStream (failure: Failure | undefined, last: Uint8Array): void {
    this.onCredit = undefined
    if (failure !== undefined) this.background?.clear()
    const isEmpty = last.length === 0
    this.#sendLast({ isEnd: true, slot: this.open.slot, ...(!isEmpty && { last }), ...(failure && { fault: serializeError(failure.error) }) }, isEmpty ? [] : [last.buffer as ArrayBuffer])
  }

  fail (error: unknown): void {
    this.background?.clear()
    this.#sendLast({ fault: serializeError(error), slot: this.open.slot }, [])
  }

  /** It was routed elsewhere: a hook on the loop may have rewritten its URL or its method since. */
  misrouted (found: string): void {
    const isAgain = this.isRerouted
    this.isRerouted = true
    // Fastify's "incoming request" comes again.
    this.isLogMuted = true
    if (isAgain || !this.#reroute(this)) this.fail(new WrongRoute(this.open.route, found))
  }

  /** `reply.background` */
  openBackground (log: FastifyReply['log']): Background {
    if (this.#givenUp !== undefined) throw this.#givenUp
    if (!this.hasHandler) throw new LoopOnly('reply.background() in a blocking dependency of a handler on the loop')
    if (this.isCaptured && this.background?.isRunning !== true) throw new BackgroundTooLate(this.open.route)
    this.background ??= new Background(log)
    return this.background
  }

  /** The response is over. */
  async runBackground ({ isFailed }: Over): Promise<void> {
    const background = this.background!
    if (isFailed) background.clear()
    await background.run()
    this.#sendLast({ isDone: true, slot: this.open.slot }, [])
  }

  /** It is the loop's turn; resolves when it is the worker's again. */
  async requestLoopStep (turn: Omit<Turn, 'slot'>): Promise<Return> {
    if (this.#givenUp !== undefined) return { slot: this.open.slot, fault: serializeError(this.#givenUp) }
    const returned = new Promise<Return>((resolve) => { this.#onStepResult = resolve })
    // After that the slot is another's, who would take the turn for its own.
    if (!this.#isOver) this.#post(Object.assign(turn, { slot: this.open.slot }))
    const back = await returned
    this.#onStepResult = undefined
    return back
  }

  /** The loop has given it up, since it would not end: what it waits for fails, and its dependencies end with the error. */
  giveUp (): void {
    if (this.#isOver || this.#givenUp !== undefined) return
    const stopped = this.stopped?.error
    // Nothing has been decided of one that the server's end has met while it ended without an error.
    const error = stopped instanceof Error ? stopped : toAbortError(this.abortReason, this)
    const fault = serializeError(error)
    this.#givenUp = error
    this.background?.clear()
    if (this.body?.hasEnd === false) this.body.break(error)
    this.onCredit?.({ slot: this.open.slot, credit: 0, isCancelled: true, fault })
    // Who waits for the loop ends them itself.
    if (this.#onStepResult !== undefined) this.#onStepResult({ slot: this.open.slot, fault })
    else this.runInAsyncScope(() => this.planRun?.dispose({ error }))
  }

  /** Wants more of the body, or no more of it. */
  grantCredit (grantCredit: Omit<Flow, 'slot'>): void {
    if (!this.#isOver && this.#givenUp === undefined) this.#port.postMessage(Object.assign(grantCredit, { slot: this.open.slot }) satisfies Flow)
  }

  /** More of the body, or its end. */
  receiveBody (piece: Part | End): void {
    const { body } = this
    if (this.#isOver || body === undefined || body.hasEnd) return
    if ('isEnd' in piece) this.trailers = piece.trailers
    if (piece.encoded !== undefined) body.receivedEncodedLength = piece.encoded
    if ('parts' in piece) for (const part of piece.parts) body.receive(part)
    else body.end(piece.fault && deserializeError(piece.fault))
  }

  receiveStepResult (back: Return): void {
    this.#onStepResult?.(back)
  }

  /** The loop answers. */
  leaveToLoop (left: Omit<Left, 'slot' | 'left' | 'hasBackground'>): void {
    if (this.#isOver) return
    const message: Left = Object.assign(left, { left: true as const, slot: this.open.slot })
    if (this.background?.isEmpty === false) message.hasBackground = true
    else this.#end()
    this.#post(message)
  }

  #end (): void {
    this.#abortReasonAtEnd = this.abortReason
    this.#isOver = true
    wakeWaiters(this.flags, this.open.slot)
    if (this.body?.hasEnd === false) this.body.break(new BodyGone(this.open.route))
    if (this.atEnd.length > 0) setImmediate(() => { for (const call of this.atEnd) call() })
  }

  #post (message: Turn | Left): void {
    try {
      this.#port.postMessage(message)
    } catch {
      dropUncloneable(message.dependencies!)
      this.#port.postMessage(message)
    }
  }

  #transfer (message: Answer | Part, { buffer }: Uint8Array): void {
    if (!this.#isOver) this.#port.postMessage(message, [buffer as ArrayBuffer])
  }

  #sendLast (message: Answer | Done | End | Failed, transferList: ArrayBuffer[]): void {
    if (this.#isOver) return
    if (this.background?.isEmpty === false) (message as Answer | End).hasBackground = true
    else this.#end()
    this.#port.postMessage(message, transferList)
  }
}
