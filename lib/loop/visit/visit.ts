import type { LogFacts, LogLine } from '../../wire/log-messages.js'
import { AsyncResource } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { decideBackground, type OutcomeDecider, dropBackground, failBackground } from '../../request/background.js'
import { captureContexts } from '../../context/carriers.js'
import { ClientGone, Closing, NotCloneable, VisitTimeout } from '../../errors.js'
import { createHandlerTimeout } from '../../request-errors.js'
import type { Admission } from '../../queue/admission.js'
import type { Lost, Session } from '../../executor.js'
import type { QueuedTask, RouteQueue } from '../../queue/route-queue.js'
import { deserializeError } from '../../wire/error.js'
import { AbortReason } from '../../wire/abort-reason.js'
import type { Failure } from '../../dependencies/request-scope.js'
import type { Answer, Chunks, End, Failed, FromWorker, Left, LoopStep, OpenVisit, StepResult } from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'
import { applyAnswer, sendAnswer, sendAppliedAnswer } from '../response/send-answer.js'
import { returnBuffer } from '../response/return-buffer.js'
import { type AnswerStream, createAnswerStream } from '../response/answer-stream.js'
import { callLogger, writeLogLine } from './log.js'
import { createThreadLostError } from '../../request-errors.js'
import { takeSnapshot, omitUncloneable } from './snapshot.js'
import { startTraced, endTrace, openTrace, type VisitTrace } from '../../context/visit-trace.js'
import { findDeferredBody } from '../body/deferred-parsing.js'
import { createBodySender, type BodySender } from '../body/body-sender.js'
import { VisitBackground } from './background.js'
import { VisitResponse } from './response.js'
import type { BlockingRoute } from './route-state.js'

/** The run of the route's plan on the loop, as far as a visit knows it; see plan/plan-run.ts. */
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
 * One request's way through the queue and a worker, up to its answer. What the app does on the loop meanwhile and after
 * it is done in the async context of the request, and not in that of a worker's message.
 */
export class Visit extends AsyncResource implements QueuedTask, OutcomeDecider {
  readonly queue: RouteQueue
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting = false
  readonly arrivedAt = performance.now()
  /** performance.now() of its turn in a thread. */
  #startedAt: number | undefined
  #session: Session | undefined
  #opening: OpenVisit | undefined
  #context: EncodedValues | undefined
  #trace: VisitTrace | undefined
  /** Of a body that nobody on the loop has read. */
  #body: BodySender | undefined
  #timer: NodeJS.Timeout | undefined
  /** Of an answer after which there is work to be done. */
  #background: VisitBackground | undefined
  readonly #admission: Admission
  readonly #route: BlockingRoute
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #response: VisitResponse
  /** Of a route with dependencies on the loop. */
  readonly #planRun: PlanRun | undefined

  #isConcluded = false
  #concluded: Promise<void> | undefined
  #onConclude: (() => void) | undefined
  /** Of Fastify's time limit, while the answer may still come. */
  #handlerTimeoutTimer: NodeJS.Timeout | undefined

  constructor (admission: Admission, route: BlockingRoute, request: FastifyRequest, reply: FastifyReply, planRun?: PlanRun) {
    super('fastify-blocking.visit')
    this.#planRun = planRun
    this.queue = route.queue
    this.#admission = admission
    this.#route = route
    this.#request = request
    this.#reply = reply
    this.#response = new VisitResponse(reply, this, () => this.#responseClosed())
  }

  /** Known to its request, for what else may end that. */
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
    // A hook has outlasted the client.
    if (this.#response.raw.destroyed) {
      this.#response.isOver = true
      return this.#conclude({ error: new ClientGone(this.queue.route) }, () => {})
    }
    try {
      this.#body = this.#route.parse ? findDeferredBody(this.#request, this.queue.route) : createBodySender(this.queue.route, this.#request)
    } catch (error) {
      return this.#fail(error as Error)
    }
    // Where it is called: the slot comes from elsewhere.
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
    // The response to a pipelined request is not told that the connection has broken.
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
    this.#fail(error instanceof DOMException ? new NotCloneable('a header of the reply', 'not a text') : error as Error)
  }

  started (): void {
    const { meter, timeout } = this.#route
    this.#startedAt = performance.now()
    const waited = this.#startedAt - this.arrivedAt
    meter.recordWait(waited)
    if (this.#trace !== undefined) this.#trace.wait = waited
    if (timeout > 0) this.#timer = setTimeout(() => this.#overrun(), timeout)
  }

  /** The loop has no turn in it, nor in its body. */
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
      case 'result': // is a call's
    }
  }

  async callLogger (line: LogLine): Promise<LogFacts | undefined> {
    return await callLogger(line, this.#request.server, this.#request, this.#reply)
  }

  ended (message: FromWorker): void {
    this.message(message)
  }

  #stepRequested (step: LoopStep): void {
    // From here on the loop's own route answers.
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
      case AbortReason.handlerTimeout: return { error: createHandlerTimeout(route, this.#route.handlerTimeout) }
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
    // The client has hung up before the whole answer was there.
    else if (this.#response.isOver && !this.#route.hasTeardown) failBackground(this.#reply)
    // What the loop has open sees it, and may change it.
    const isApplied = this.#planRun?.isEmpty === false && !this.#response.isOver
    const send = (): void => {
      (isApplied ? sendAppliedAnswer : sendAnswer)(this.#reply, answer, answer.stream && createAnswerStream(answer, session, this.#response.raw))
      if (this.#route.mayReturnBytes && answer.stream === undefined) returnBuffer(answer.payload, this.#response.raw, session)
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
    else if (error !== undefined && !isStopReason(error)) this.#request.log.error({ err: error }, 'fastify-blocking: a stream failed after nobody wanted it')
    this.#conclude(error && { error }, () => {
      // A client that has stopped reading would never come to the end.
      if (error !== undefined && isStopReason(error)) this.#response.stream!.break(error)
      else this.#response.stream!.end(error)
    })
  }

  #backgroundDone (): void {
    this.#background!.end()
    this.#leave()
  }

  /** The handler goes on, or a failure of the loop's has gone through the worker. */
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
    if (this.#admission.isClosing && !this.#response.isAnswered) return this.reject(Object.assign(new Closing(route), { cause }))
    this.#fail(error())
  }

  /** The worker ended before it came to this request, or is busy with another one: nothing has been done. */
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

  /** Before the answer is sent: the next request should be on its way by then. */
  #leave (): void {
    // Where the thread has ended, the loop may not have seen its turn come.
    if (this.#startedAt === undefined) this.started()
    clearTimeout(this.#timer)
    const ran = performance.now() - this.#startedAt!
    this.#route.meter.recordRun(ran)
    if (this.#trace !== undefined) this.#trace.run = ran
    this.#admission.release(this.queue, ran)
    this.#body?.close(this.#response.raw)
  }

  /** A time limit is over. What has begun to end without an error has the grace period to come to its end. */
  #overrun (): void {
    if (this.#session!.abort(AbortReason.timeout)) this.#timedOut()
    else this.#timer = setTimeout(() => this.#timedOut(), this.#route.grace)
  }

  /** The client gets its answer at once; the thread gets the grace period to notice. */
  #timedOut (): void {
    this.#session?.terminate(AbortReason.timeout)
    const error = new VisitTimeout(this.queue.route, this.#route.timeout)
    if (this.#trace !== undefined) this.#trace.error = error
    this.#body?.break(error)
    this.#planRun?.interrupt(error)
    if (!this.#response.isOver) this.#route.meter.failed++
    this.#response.end(() => this.#response.sendError(error))
  }

  /** The response is over although no answer was sent from here, or not all of it. */
  #responseClosed (): void {
    if (this.#response.stream !== undefined) return this.#streamClosed(this.#response.stream)
    this.#route.meter.failed++
    this.#response.isOver = true
    if (this.#trace !== undefined) this.#trace.error ??= new ClientGone(this.queue.route)
    if (this.waiting) {
      this.#admission.cancel(this)
      this.#conclude({ error: new ClientGone(this.queue.route) }, () => {})
    } else if (this.#session?.withdraw() === true) {
      // And has been concluded.
    // An injected response is ended, and never finished.
    } else if (this.#response.raw.writableEnded) {
      // Somebody else has answered: Fastify's handlerTimeout.
      this.#session?.terminate(AbortReason.handlerTimeout)
      this.#planRun?.interrupt(new ClientGone(this.queue.route))
    // Not stopped before its time, or anyone could make a server restart its threads by hanging up.
    } else this.#session?.abort(AbortReason.clientGone)
  }

  /** The client has hung up on a stream; or the response has done without the rest of it, as one to HEAD does. */
  #streamClosed (stream: AnswerStream): void {
    this.#response.isOver = true
    this.#route.meter[this.#response.raw.writableFinished ? 'completed' : 'failed']++
    stream.destroy()
  }

  /** Fastify has its own answer, and is about to send it: something else than the visit has answered. */
  answeredElsewhere (): void {
    if (!this.#response.isOver && this.#response.stream === undefined) this.#session?.abort(AbortReason.timeout)
  }

  /**
   * Fastify's own time limit is over, and its answer not sent yet. A promise if the visit has begun to end without an error: of
   * undefined if its answer comes within the grace period, and counts.
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

  /** See Stage. */
  outlast (): void {
    this.#session?.terminate(AbortReason.handlerTimeout)
  }

  #fail (error: Error): void {
    if (!this.#response.isOver) this.#route.meter.failed++
    this.#conclude({ error }, () => this.#response.sendError(error))
  }

  /** The visit is over. Sends, once what is left of the dependencies has been torn down, unless that comes to another failure. */
  #conclude (failure: Failure | undefined, send: () => void): void {
    endTrace(this.#trace, failure?.error)
    if (failure !== undefined) failBackground(this.#reply)
    this.#isConcluded = true
    this.#onConclude?.()
    if (this.#planRun === undefined) return this.#response.end(send)
    const { settle } = this.#planRun
    this.runInAsyncScope(settle, this.#planRun, failure)?.then((out) => {
      this.#response.end(out === failure || out === undefined ? send : () => this.#response.sendError(out.error))
    })
  }

  #handOver (): void {
    if (this.#response.isOver) return
    this.#response.handOver()
    this.#route.meter.completed++
  }
}

// A property, as of a Course.
const visitKey = Symbol('fastify-blocking.visit')

/** The visit of a request whose route has dependencies. */
export function visitOf (request: FastifyRequest & { [visitKey]?: Visit }): Visit | undefined {
  return request[visitKey]
}

function isStopReason (error: Error): boolean {
  return stopReasons.has(Reflect.get(error, 'code'))
}

/** What a worker is stopped by. */
const stopReasons = new Set<unknown>(['FST_BLOCKING_CLIENT_GONE', 'FST_BLOCKING_CLOSING', 'FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT'])
