import { AsyncResource } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { captureContexts } from '../../context/carriers.js'
import { endTrace, openTrace, startTraced, type VisitTrace } from '../../context/visit-trace.js'
import type { Failure } from '../../dependencies/request-scope.js'
import { ClientGone, Closing, NotCloneable, VisitTimeout } from '../../errors.js'
import type { Lost, Session } from '../../executor.js'
import type { Admission } from '../../queue/admission.js'
import type { QueuedTask, RouteQueue } from '../../queue/route-queue.js'
import { createHandlerTimeout, createThreadLostError } from '../../request-errors.js'
import {
  decideBackground, dropBackground, failBackground, type OutcomeDecider
} from '../../request/background.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { deserializeError } from '../../wire/error.js'
import type { LogFacts, LogLine } from '../../wire/log-messages.js'
import type {
  Answer, Chunks, End, Failed, FromWorker, Left, LoopStep, OpenVisit, StepResult
} from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'
import { type BodySender, createBodySender } from '../body/body-sender.js'
import { findDeferredBody } from '../body/deferred-parsing.js'
import { type AnswerStream, createAnswerStream } from '../response/answer-stream.js'
import { returnBuffer } from '../response/return-buffer.js'
import { applyAnswer, sendAnswer, sendAppliedAnswer } from '../response/send-answer.js'
import { VisitBackground } from './background.js'
import { callLogger, writeLogLine } from './log.js'
import { VisitResponse } from './response.js'
import type { BlockingRoute } from './route-state.js'
import { omitUncloneable, takeSnapshot } from './snapshot.js'

/** The members of LoopPlanRun that a visit uses, see plan/plan-run.ts. */
interface PlanRun {
  readonly values: EncodedValues | undefined
  readonly isEmpty: boolean
  isStreaming: boolean
  openVisit (): boolean
  stepRequested (step: LoopStep): void
  left (message: Left): Promise<Failure | undefined> | undefined
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined
  interrupt (error: unknown): void
}

/**
 * Takes one request through the queue and a worker, up to its answer. Code of the app that runs on the loop
 * meanwhile, or after the answer, runs in the async context of the request, and not in that of a worker's
 * message.
 */
export class Visit extends AsyncResource implements QueuedTask, OutcomeDecider {
  readonly queue: RouteQueue
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting = false
  readonly arrivedAt = performance.now()
  /** performance.now() when the session started. */
  #startedAt: number | undefined
  #session: Session | undefined
  #opening: OpenVisit | undefined
  #context: EncodedValues | undefined
  #trace: VisitTrace | undefined
  /** Sends a body that the worker is to read. */
  #body: BodySender | undefined
  #timer: NodeJS.Timeout | undefined
  /** Set if the answer leaves background work. */
  #background: VisitBackground | undefined
  readonly #admission: Admission
  readonly #route: BlockingRoute
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #response: VisitResponse
  /** Set for a route with dependencies on the loop. */
  readonly #planRun: PlanRun | undefined

  #isConcluded = false
  #concluded: Promise<void> | undefined
  #onConclude: (() => void) | undefined
  /** The grace period after Fastify's time limit, in which the answer may still come. */
  #handlerTimeoutTimer: NodeJS.Timeout | undefined

  constructor (
    admission: Admission,
    route: BlockingRoute,
    request: FastifyRequest,
    reply: FastifyReply,
    planRun?: PlanRun
  ) {
    super('fastify-blocking.visit')
    this.#planRun = planRun
    this.queue = route.queue
    this.#admission = admission
    this.#route = route
    this.#request = request
    this.#reply = reply
    this.#response = new VisitResponse(reply, this, () => this.#responseClosed())
  }

  /** Makes the visit known to its request, for other code that may end the request. */
  attach (): this {
    Reflect.set(this.#request, visitKey, this)
    if (this.#planRun === undefined && this.#route.hasTeardown) decideBackground(this.#reply, this)
    return this
  }

  /** Resolves once the worker has told whether the request has failed. */
  async whenOver (): Promise<void> {
    if (this.#isConcluded) return
    this.#concluded ??= new Promise((resolve) => { this.#onConclude = resolve })
    await this.#concluded
  }

  start (): void {
    this.#trace = openTrace(this.queue.route, this.#request)
    if (this.#trace === undefined) this.#start()
    else startTraced(this.#trace, () => this.#start())
  }

  #start (): void {
    // The client has hung up while hooks were running.
    if (this.#response.raw.destroyed) {
      this.#response.isOver = true
      return this.#conclude({ error: new ClientGone(this.queue.route) }, () => {})
    }
    try {
      this.#body = this.#route.parse
        ? findDeferredBody(this.#request, this.queue.route)
        : createBodySender(this.queue.route, this.#request)
    } catch (error) {
      return this.#fail(error as Error)
    }
    // Captured here, in the caller's async context: open() is called later, in another one.
    this.#context = captureContexts(this.#route.carriers, this.#request)
    this.#response.watch()
    if (this.#body === undefined) this.#admission.request(this)
    else this.#body.whenFirstChunkRead(() => this.#requestSlot())
  }

  #requestSlot (): void {
    if (this.#response.isOver) this.#conclude({ error: new ClientGone(this.queue.route) }, () => {})
    else this.#admission.request(this)
  }

  open (): OpenVisit {
    const { logLevel, findReplacedLogMethods } = this.#route
    // Node does not close the response to a pipelined request when the connection has broken.
    if (this.#request.raw.socket.destroyed) throw new ClientGone(this.queue.route)
    const opening = takeSnapshot(this.#route, this.#request, this.#reply, this.#body)
    const { level } = this.#request.log
    if (level !== undefined && level !== logLevel) opening.logLevel = level
    const logMethods = findReplacedLogMethods(this.#request.log)
    if (logMethods !== undefined) opening.logMethods = logMethods
    if (this.#context !== undefined) opening.context = this.#context
    const dependencies = this.#planRun?.values
    if (dependencies !== undefined) opening.dependencies = dependencies
    if (this.#planRun?.openVisit() === true) opening.hasTeardown = true
    this.#opening = opening
    return opening
  }

  repair (): void {
    omitUncloneable(this.#opening!, this.#route.knownUncloneable)
  }

  opened (session: Session): void {
    this.#session = session
    this.#opening = undefined
    this.#body?.open(session)
  }

  failed (error: unknown): void {
    this.#leave()
    this.#fail(error instanceof DOMException
      ? new NotCloneable('a header of the reply', 'not a text')
      : error as Error)
  }

  started (): void {
    const { meter, timeout } = this.#route
    this.#startedAt = performance.now()
    const waited = this.#startedAt - this.arrivedAt
    meter.recordWait(waited)
    if (this.#trace !== undefined) this.#trace.wait = waited
    if (timeout > 0) this.#timer = setTimeout(() => this.#overrun(), timeout)
  }

  /** Whether the worker needs nothing more from the loop, neither a step nor a body. */
  get isPrefetchable (): boolean {
    return (this.#body === undefined || this.#body.inlineBody !== undefined) && this.#planRun === undefined
  }

  reject (error: Error): void {
    this.#body?.close(this.#response.raw)
    this.#reply.header('retry-after', this.#admission.retryAfter)
    this.#fail(error)
  }

  get label (): string {
    return this.queue.route
  }

  get isTerminable (): boolean {
    return this.#route.isTerminable
  }

  message (message: FromWorker): void {
    switch (message.type) {
      case 'answer': return message.stream === 'begun' ? this.#startStream(message) : this.#answered(message)
      case 'chunks': return this.#receiveChunks(message)
      case 'end': return this.#streamEnded(message)
      case 'credit': return this.#body?.receiveCredit(message)
      case 'step': return this.#stepRequested(message)
      case 'left': return this.#left(message)
      case 'backgroundDone': return this.#backgroundDone()
      case 'failed': return this.#failedInWorker(message)
      case 'log': return writeLogLine(message, this.#request.server, this.#request, this.#reply)
      case 'result': // comes for calls only
    }
  }

  async callLogger (line: LogLine): Promise<LogFacts | undefined> {
    return await callLogger(line, this.#request.server, this.#request, this.#reply)
  }

  ended (message: FromWorker): void {
    this.message(message)
  }

  #stepRequested (step: LoopStep): void {
    // From here on the route's handler on the loop answers.
    if (step.step === 'handle') this.#handOver()
    this.runInAsyncScope(() => this.#planRun!.stepRequested(step))
  }

  resume (result: StepResult): void {
    this.#session!.send(result)
  }

  complete (): Failure | undefined {
    const reason = this.#session!.complete()
    const { route } = this.queue
    switch (reason) {
      case AbortReason.none: return undefined
      case AbortReason.timeout: return { error: new VisitTimeout(route, this.#route.timeout) }
      case AbortReason.closing: return { error: new Closing(route) }
      case AbortReason.handlerTimeout:
        return { error: createHandlerTimeout(route, this.#route.handlerTimeout) }
      default: return { error: new ClientGone(route) }
    }
  }

  /** The session while it is open in a worker. */
  get session (): Session | undefined {
    return this.#session?.isStarted === true && this.#session.isOpen ? this.#session : undefined
  }

  #answered (answer: Answer): void {
    this.#leaveOrStay(answer.hasBackground === true)
    if (!this.#response.isOver) this.#route.meter.completed++
    const session = this.#session!
    if (answer.isFailed) dropBackground(this.#reply)
    // The client has hung up before the answer was there.
    else if (this.#response.isOver && !this.#route.hasTeardown) failBackground(this.#reply)
    // Open dependencies on the loop see the answer, and may change it, before it is sent.
    const isApplied = this.#planRun?.isEmpty === false && !this.#response.isOver
    const send = (): void => {
      (isApplied ? sendAppliedAnswer : sendAnswer)(
        this.#reply, answer, answer.stream && createAnswerStream(answer, session, this.#response.raw)
      )
      if (this.#route.mayReturnBytes && answer.stream === undefined) {
        returnBuffer(answer.payload, this.#response.raw, session)
      }
    }
    if (isApplied) this.#apply(answer, send)
    else this.#conclude(undefined, send)
  }

  #apply (answer: Answer, send: () => void): void {
    const fail = (error: unknown): void => this.#conclude({ error }, () => this.#response.sendError(error))
    try {
      const stored = this.runInAsyncScope(applyAnswer, undefined, this.#reply, answer)
      if (stored === undefined) this.#conclude(undefined, send)
      else stored.then(() => this.#conclude(undefined, send), fail)
    } catch (error) {
      fail(error)
    }
  }

  #startStream (answer: Answer): void {
    if (this.#response.isOver) return this.#session!.send({ type: 'credit', bytes: 0, isCancelled: true })
    const stream = createAnswerStream(answer, this.#session!, this.#response.raw)
    if (this.#planRun !== undefined) this.#planRun.isStreaming = true
    if (answer.isFailed) dropBackground(this.#reply)
    this.#response.startStream(stream, () => sendAnswer(this.#reply, answer, stream))
  }

  #receiveChunks ({ chunks }: Chunks): void {
    for (const chunk of chunks) this.#response.stream?.receive(chunk)
  }

  #streamEnded (end: End): void {
    if (end.lastChunk !== undefined) this.#response.stream?.receive(end.lastChunk)
    this.#leaveOrStay(end.hasBackground === true)
    const { meter } = this.#route
    const error = end.error && deserializeError(end.error)
    if (error !== undefined) failBackground(this.#reply)
    if (!this.#response.isOver) meter[error === undefined ? 'completed' : 'failed']++
    else if (error !== undefined && !isStopReason(error)) {
      this.#request.log.error({ err: error }, 'fastify-blocking: a stream failed after nobody wanted it')
    }
    this.#conclude(error && { error }, () => {
      // Broken at once: a client that has stopped reading would never come to the end of the stream.
      if (error !== undefined && isStopReason(error)) this.#response.stream!.break(error)
      else this.#response.stream!.end(error)
    })
  }

  #backgroundDone (): void {
    this.#background!.end()
    this.#leave()
  }

  /** The visit has ended without an answer: the handler goes on, or the request has failed. */
  #left (message: Left): void {
    this.#leaveOrStay(message.hasBackground === true)
    endTrace(this.#trace, undefined)
    this.#handOver()
    this.runInAsyncScope(() => this.#planRun!.left(message))?.then((failure) => {
      if (failure !== undefined) this.#response.end(() => this.#reply.send(failure.error))
    })
  }

  #failedInWorker ({ error }: Failed): void {
    this.#leave()
    this.#fail(deserializeError(error))
  }

  lost ({ isStarted, cause }: Lost): void {
    if (!isStarted) return this.#withdrawn()
    const { route } = this.queue
    this.#leave()
    const error = (): Error => Object.assign(createThreadLostError(route, cause), { cause })
    if (this.#background !== undefined) return this.#background.end(error())
    if (this.#admission.isClosing && !this.#response.isAnswered) {
      return this.reject(Object.assign(new Closing(route), { cause }))
    }
    this.#fail(error())
  }

  /** Queues a request again that has not started: the worker has ended, or is busy with another request. */
  #withdrawn (): void {
    this.#session = this.#startedAt = undefined
    clearTimeout(this.#timer)
    if (!this.#response.isOver) return this.#admission.requeue(this)
    this.#admission.leave(this.queue)
    this.#body?.close(this.#response.raw)
    this.#conclude({ error: new ClientGone(this.queue.route) }, () => {})
  }

  #leaveOrStay (hasBackground: boolean): void {
    if (!hasBackground) return this.#leave()
    clearTimeout(this.#timer)
    this.#background = new VisitBackground(this.#session!, this.queue.route, this.#route.timeout, this.#reply)
  }

  /** Frees the worker. Called before the answer is sent, so that the next request is on its way by then. */
  #leave (): void {
    // If the thread has ended, the loop may not have seen the session start.
    if (this.#startedAt === undefined) this.started()
    clearTimeout(this.#timer)
    const ran = performance.now() - this.#startedAt!
    this.#route.meter.recordRun(ran)
    if (this.#trace !== undefined) this.#trace.run = ran
    this.#admission.release(this.queue, ran)
    this.#body?.close(this.#response.raw)
  }

  /** The time limit is over. A visit that already ends without an error has the grace period to do so. */
  #overrun (): void {
    if (this.#session!.abort(AbortReason.timeout)) this.#timedOut()
    else this.#timer = setTimeout(() => this.#timedOut(), this.#route.grace)
  }

  /** Answers with the error at once. The thread has the grace period to end the visit. */
  #timedOut (): void {
    this.#session?.terminate(AbortReason.timeout)
    const error = new VisitTimeout(this.queue.route, this.#route.timeout)
    if (this.#trace !== undefined) this.#trace.error = error
    this.#body?.break(error)
    this.#planRun?.interrupt(error)
    if (!this.#response.isOver) this.#route.meter.failed++
    this.#response.end(() => this.#response.sendError(error))
  }

  /** Called when the response is over although the visit has sent no answer, or not the whole answer. */
  #responseClosed (): void {
    if (this.#response.stream !== undefined) return this.#streamClosed(this.#response.stream)
    this.#route.meter.failed++
    this.#response.isOver = true
    if (this.#trace !== undefined) this.#trace.error ??= new ClientGone(this.queue.route)
    if (this.waiting) {
      this.#admission.cancel(this)
      this.#conclude({ error: new ClientGone(this.queue.route) }, () => {})
    } else if (this.#session?.withdraw() === true) {
      // lost() has concluded the visit.
    // An injected response is ended, and never finished.
    } else if (this.#response.raw.writableEnded) {
      // Something else has answered: Fastify's handlerTimeout.
      this.#session?.terminate(AbortReason.handlerTimeout)
      this.#planRun?.interrupt(new ClientGone(this.queue.route))
    // Not terminated: otherwise anyone could make a server restart its threads by hanging up.
    } else this.#session?.abort(AbortReason.clientGone)
  }

  /**
   * Called when the client has hung up on a streamed answer, or when the response did not need the rest of
   * the stream, as for HEAD.
   */
  #streamClosed (stream: AnswerStream): void {
    this.#response.isOver = true
    this.#route.meter[this.#response.raw.writableFinished ? 'completed' : 'failed']++
    stream.destroy()
  }

  /** Called when Fastify is about to send an answer that is not the visit's. */
  answeredElsewhere (): void {
    if (!this.#response.isOver && this.#response.stream === undefined) {
      this.#session?.abort(AbortReason.timeout)
    }
  }

  /**
   * Called when Fastify's own time limit is over, before its error is sent. Returns a promise if the visit
   * already ends without an error: of undefined if its answer comes within the grace period, so that the
   * answer counts; otherwise of the failure. May also return the promise of a teardown on the loop.
   */
  expire (error: Error): Promise<Failure | undefined> | undefined {
    if (this.#response.sendAgain()) return Promise.resolve(undefined)
    if (this.#response.isOver || this.#response.stream !== undefined) return undefined
    if (this.waiting) {
      this.#admission.cancel(this)
      this.#route.meter.failed++
      this.#body?.close(this.#response.raw)
      this.#response.end(() => {})
      if (this.#planRun === undefined) {
        this.#conclude({ error }, () => {})
        return undefined
      }
      endTrace(this.#trace, error)
      return this.#planRun.settle({ error })
    }
    if (this.#session === undefined || this.#session.abort(AbortReason.handlerTimeout)) return undefined
    return new Promise((resolve) => {
      this.#handlerTimeoutTimer = setTimeout(() => {
        this.outlast()
        this.#planRun?.interrupt(error)
        resolve({ error })
      }, this.#route.grace)
      this.#response.onEnd = () => {
        clearTimeout(this.#handlerTimeoutTimer)
        resolve(undefined)
      }
    })
  }

  /** See SuspendableVisit.outlast(). */
  outlast (): void {
    this.#session?.terminate(AbortReason.handlerTimeout)
  }

  #fail (error: Error): void {
    if (!this.#response.isOver) this.#route.meter.failed++
    this.#conclude({ error }, () => this.#response.sendError(error))
  }

  /**
   * Ends the visit: tears down the remaining dependencies, and then calls `send`, or sends the error of the
   * teardown if that is another one.
   */
  #conclude (failure: Failure | undefined, send: () => void): void {
    endTrace(this.#trace, failure?.error)
    if (failure !== undefined) failBackground(this.#reply)
    this.#isConcluded = true
    this.#onConclude?.()
    if (this.#planRun === undefined) return this.#response.end(send)
    const { settle } = this.#planRun
    this.runInAsyncScope(settle, this.#planRun, failure)?.then((out) => {
      this.#response.end(
        out === failure || out === undefined ? send : () => this.#response.sendError(out.error)
      )
    })
  }

  #handOver (): void {
    if (this.#response.isOver) return
    this.#response.handOver()
    this.#route.meter.completed++
  }
}

// A property, for the reason given at the key of LoopPlanRun.
const visitKey = Symbol('fastify-blocking.visit')

/** Returns the visit of a request whose route has dependencies. */
export function visitOf (request: FastifyRequest & { [visitKey]?: Visit }): Visit | undefined {
  return request[visitKey]
}

function isStopReason (error: Error): boolean {
  return stopReasons.has(Reflect.get(error, 'code'))
}

/** Codes of the errors with which a visit is aborted. */
const stopReasons = new Set<unknown>([
  'FST_BLOCKING_CLIENT_GONE', 'FST_BLOCKING_CLOSING', 'FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT'
])
