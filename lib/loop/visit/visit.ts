import { AsyncResource } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { decideBackground, type Decider, dropBackground, failBackground } from '../../request/background.js'
import { captureContexts } from '../../context/carriers.js'
import { ClientGone, Closing, NotCloneable, VisitTimeout } from '../../errors.js'
import { makeHandlerTimeout } from '../../handler-timeout.js'
import type { Admission } from '../../queue/admission.js'
import type { Slot, Visitor } from '../../executor.js'
import type { Candidate, Lane } from '../../queue/route-queue.js'
import { type Fault, fromFault } from '../../wire/error.js'
import { Flag } from '../../wire/shared-cells.js'
import type { Failure } from '../../dependencies/request-scope.js'
import type { Answer, Flow, Left, LogLine, Return, Turn } from '../../wire/messages.js'
import type { Parcel } from '../../wire/values.js'
import { applyAnswer, sendAnswer, sendApplied } from '../response/send-answer.js'
import { returnMemory } from '../response/return-buffer.js'
import { type AnswerStream, openStream } from '../response/answer-stream.js'
import type { Course } from '../plan/plan-run.js'
import { writeLine } from './log.js'
import { explainLoss } from '../../thread-lost.js'
import { takeSnapshot, withholdUncloneable } from './snapshot.js'
import { beginTraced, endTrace, openTrace, type VisitTrace } from '../../context/visit-trace.js'
import { findUnparsed } from '../body/deferred-parsing.js'
import { openUpload, type Upload } from '../body/body-sender.js'
import { VisitBackground } from './background.js'
import { VisitResponse } from './response.js'
import type { VisitedRoute } from './route-state.js'

/**
 * One request's way through the queue and a worker, up to its answer. What the app does on the loop meanwhile and after
 * it is done in the async context of the request, and not in that of a worker's message.
 */
export class Visit extends AsyncResource implements Candidate, Decider, Visitor {
  readonly lane: Lane
  previous: Candidate | undefined
  next: Candidate | undefined
  waiting = false
  readonly arrivedAt = performance.now()
  /** performance.now() of its turn in a thread. */
  #startedAt: number | undefined
  #slot: Slot | undefined
  #context: Parcel | undefined
  #trace: VisitTrace | undefined
  /** Of a body that nobody on the loop has read. */
  #upload: Upload | undefined
  #timer: NodeJS.Timeout | undefined
  /** Of an answer after which there is work to be done. */
  #background: VisitBackground | undefined
  readonly #admission: Admission
  readonly #route: VisitedRoute
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #response: VisitResponse
  /** Of a route with dependencies on the loop. */
  readonly #course: Course | undefined

  #isConcluded = false
  #concluded: Promise<void> | undefined
  #onConclude: (() => void) | undefined
  /** Of Fastify's time limit, while the answer may still come. */
  #expiring: NodeJS.Timeout | undefined

  constructor (admission: Admission, route: VisitedRoute, request: FastifyRequest, reply: FastifyReply, course?: Course) {
    super('fastify-blocking.visit')
    this.#course = course
    this.lane = route.lane
    this.#admission = admission
    this.#route = route
    this.#request = request
    this.#reply = reply
    this.#response = new VisitResponse(reply, this, () => this.#closed())
  }

  /** Known to its request, for what else may end that. */
  attach (): this {
    Reflect.set(this.#request, key, this)
    if (this.#course === undefined && this.#route.isDecided) decideBackground(this.#reply, this)
    return this
  }

  /** Resolves once the worker has told whether the request has failed. */
  async whenOver (): Promise<void> {
    if (this.#isConcluded) return
    this.#concluded ??= new Promise((resolve) => { this.#onConclude = resolve })
    await this.#concluded
  }

  begin (): void {
    this.#trace = openTrace(this.lane.route, this.#request)
    if (this.#trace === undefined) this.#begin()
    else beginTraced(this.#trace, () => this.#begin())
  }

  #begin (): void {
    // A hook has outlasted the client.
    if (this.#response.raw.destroyed) {
      this.#response.isOver = true
      return this.#conclude({ error: new ClientGone(this.lane.route) }, () => {})
    }
    try {
      this.#upload = this.#route.parse ? findUnparsed(this.#request, this.lane.route) : openUpload(this.lane.route, this.#request)
    } catch (error) {
      return this.#fail(error as Error)
    }
    // Where it is called: the slot comes from elsewhere.
    this.#context = captureContexts(this.#route.carriers, this.#request)
    this.#response.watch()
    if (this.#upload === undefined) this.#admission.request(this)
    else this.#upload.whenArrived(() => this.#requestUnlessOver())
  }

  #requestUnlessOver (): void {
    if (this.#response.isOver) this.#conclude({ error: new ClientGone(this.lane.route) }, () => {})
    else this.#admission.request(this)
  }

  enter (slot: Slot): void {
    const { logLevel, findReplaced, suspects } = this.#route
    this.#slot = slot
    if (!slot.isAhead) this.started()
    try {
      // The response to a pipelined request is not told that the connection has broken.
      if (this.#request.raw.socket.destroyed) throw new ClientGone(this.lane.route)
      const snapshot = takeSnapshot(this.#route, this.#request, this.#reply, this.#upload)
      const { level } = this.#request.log
      if (level !== undefined && level !== logLevel) snapshot.logLevel = level
      const logMethods = findReplaced(this.#request.log)
      if (logMethods !== undefined) snapshot.logMethods = logMethods
      if (this.#context !== undefined) snapshot.context = this.#context
      const dependencies = this.#course?.parcel
      if (dependencies !== undefined) snapshot.dependencies = dependencies
      if (this.#course?.begin() === true) snapshot.hasTeardown = true
      slot.visit(snapshot, this, () => withholdUncloneable(snapshot, suspects))
      this.#upload?.open(slot)
    } catch (error) {
      slot.cede()
      // Not at once: whoever empties the queue would be called from within.
      queueMicrotask(() => {
        this.#leave()
        this.#fail(error instanceof DOMException ? new NotCloneable('a header of the reply', 'not a text') : error as Error)
      })
    }
  }

  started (): void {
    const { meter, timeout } = this.#route
    this.#startedAt = performance.now()
    const waited = this.#startedAt - this.arrivedAt
    meter.entered(waited)
    if (this.#trace !== undefined) this.#trace.wait = waited
    if (timeout > 0) this.#timer = setTimeout(() => this.#overrun(), timeout)
  }

  /** The loop has no turn in it, nor in its body. */
  get isOnePass (): boolean {
    return (this.#upload === undefined || this.#upload.whole !== undefined) && this.#course === undefined
  }

  refuse (error: Error): void {
    this.#upload?.close(this.#response.raw)
    this.#reply.header('retry-after', this.#admission.retryAfter)
    this.#fail(error)
  }

  get what (): string {
    return this.lane.route
  }

  get isTerminable (): boolean {
    return this.#route.isTerminable
  }

  logged (line: LogLine): void {
    writeLine(line, this.#request.server, this.#request, this.#reply)
  }

  called (turn: Turn): void {
    // From here on the loop's own route answers.
    if (turn.turn === 'handle') this.#handOver()
    this.runInAsyncScope(() => this.#course!.called(turn))
  }

  resume (back: Omit<Return, 'slot'>): void {
    this.#slot!.resume(back)
  }

  complete (): Failure | undefined {
    const flag = this.#slot!.complete()
    const { route } = this.lane
    switch (flag) {
      case Flag.none: return undefined
      case Flag.timeout: return { error: new VisitTimeout(route, this.#route.timeout) }
      case Flag.closing: return { error: new Closing(route) }
      case Flag.handlerTimeout: return { error: makeHandlerTimeout(route, this.#route.handlerTimeout) }
      default: return { error: new ClientGone(route) }
    }
  }

  /** Its place in a worker while it has one. */
  get held (): Slot | undefined {
    return this.#startedAt !== undefined && this.#slot?.isHeld === true ? this.#slot : undefined
  }

  answered (answer: Answer): void {
    this.#leaveOrStay(answer.hasBackground === true)
    if (!this.#response.isOver) this.#route.meter.completed++
    const slot = this.#slot!
    if (answer.isFailed) dropBackground(this.#reply)
    // The client has hung up before the whole answer was there.
    else if (this.#response.isOver && !this.#route.isDecided) failBackground(this.#reply)
    // What the loop has open sees it, and may change it.
    const isApplied = this.#course?.isEmpty === false && !this.#response.isOver
    const send = (): void => {
      (isApplied ? sendApplied : sendAnswer)(this.#reply, answer, answer.stream && openStream(answer, slot, this.#response.raw))
      if (this.#route.bytes && answer.stream === undefined) returnMemory(answer.payload, this.#response.raw, slot)
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

  begun (answer: Answer): void {
    if (this.#response.isOver) return this.#slot!.flow({ credit: 0, isCancelled: true })
    const stream = openStream(answer, this.#slot!, this.#response.raw)
    if (this.#course !== undefined) this.#course.isStreaming = true
    if (answer.isFailed) dropBackground(this.#reply)
    this.#response.begin(stream, () => sendAnswer(this.#reply, answer, stream))
  }

  received (parts: Uint8Array[]): void {
    for (const part of parts) this.#response.stream?.receive(part)
  }

  asked (flow: Flow): void {
    this.#upload?.asked(flow)
  }

  ended (fault: Fault | undefined, hasBackground: boolean): void {
    this.#leaveOrStay(hasBackground)
    const { meter } = this.#route
    const error = fault && fromFault(fault)
    if (error !== undefined) failBackground(this.#reply)
    if (!this.#response.isOver) meter[error === undefined ? 'completed' : 'failed']++
    else if (error !== undefined && !isStopped(error)) this.#request.log.error({ err: error }, 'fastify-blocking: a stream failed after nobody wanted it')
    this.#conclude(error && { error }, () => {
      // A client that has stopped reading would never come to the end.
      if (error !== undefined && isStopped(error)) this.#response.stream!.break(error)
      else this.#response.stream!.end(error)
    })
  }

  done (): void {
    this.#background!.end()
    this.#leave()
  }

  /** The handler goes on, or a failure of the loop's has gone through the worker. */
  left (message: Left): void {
    this.#leaveOrStay(message.hasBackground === true)
    endTrace(this.#trace, undefined)
    this.#handOver()
    this.runInAsyncScope(() => this.#course!.left(message))?.then((failure) => {
      if (failure !== undefined) this.#response.end(() => this.#reply.send(failure.error))
    })
  }

  failed (error: Error): void {
    this.#leave()
    this.#fail(error)
  }

  lost (cause: unknown): void {
    const { route } = this.lane
    this.#leave()
    if (this.#background !== undefined) return this.#background.end(Object.assign(explainLoss(route, cause), { cause }))
    if (this.#admission.isClosing && !this.#response.isAnswered) return this.refuse(Object.assign(new Closing(route), { cause }))
    this.#fail(Object.assign(explainLoss(route, cause), { cause }))
  }

  /** The worker died of something else before it came to this request, or is busy with that. */
  returned (): void {
    this.#slot = this.#startedAt = undefined
    clearTimeout(this.#timer)
    if (!this.#response.isOver) return this.#admission.readmit(this)
    this.#admission.forgo(this.lane)
    this.#upload?.close(this.#response.raw)
    this.#conclude({ error: new ClientGone(this.lane.route) }, () => {})
  }

  #leaveOrStay (hasBackground: boolean): void {
    if (!hasBackground) return this.#leave()
    clearTimeout(this.#timer)
    this.#background = new VisitBackground(this.#slot!, this.lane.route, this.#route.timeout, this.#reply)
  }

  /** Before the answer is sent: the next request should be on its way by then. */
  #leave (): void {
    // Where the thread has ended, the loop may not have seen its turn come.
    if (this.#startedAt === undefined) this.started()
    clearTimeout(this.#timer)
    const ran = performance.now() - this.#startedAt!
    this.#route.meter.left(ran)
    if (this.#trace !== undefined) this.#trace.run = ran
    this.#admission.release(this.lane, ran)
    this.#upload?.close(this.#response.raw)
  }

  /** A time limit is over. What has begun to end without an error has the grace period to come to its end. */
  #overrun (): void {
    if (this.#slot!.flag(Flag.timeout)) this.#exceed()
    else this.#timer = setTimeout(() => this.#exceed(), this.#route.grace)
  }

  /** The client gets its answer at once; the thread gets the grace period to notice. */
  #exceed (): void {
    this.#stop(Flag.timeout)
    const error = new VisitTimeout(this.lane.route, this.#route.timeout)
    if (this.#trace !== undefined) this.#trace.error = error
    this.#upload?.break(error)
    this.#course?.interrupt(error)
    if (!this.#response.isOver) this.#route.meter.failed++
    this.#response.end(() => this.#response.sendError(error))
  }

  /** The response is over although no answer was sent from here, or not all of it. */
  #closed (): void {
    if (this.#response.stream !== undefined) return this.#closedEarly(this.#response.stream)
    this.#route.meter.failed++
    this.#response.isOver = true
    if (this.#trace !== undefined) this.#trace.error ??= new ClientGone(this.lane.route)
    if (this.waiting) {
      this.#admission.withdraw(this)
      this.#conclude({ error: new ClientGone(this.lane.route) }, () => {})
    } else if (this.#slot?.recall() === true) {
      // And has been concluded.
    // An injected response is ended, and never finished.
    } else if (this.#response.raw.writableEnded) {
      // Somebody else has answered: Fastify's handlerTimeout.
      this.#stop(Flag.handlerTimeout)
      this.#course?.interrupt(new ClientGone(this.lane.route))
    // Not stopped before its time, or anyone could make a server restart its threads by hanging up.
    } else this.#slot?.flag(Flag.clientGone)
  }

  /** The client has hung up on a stream; or the response has done without the rest of it, as one to HEAD does. */
  #closedEarly (stream: AnswerStream): void {
    this.#response.isOver = true
    this.#route.meter[this.#response.raw.writableFinished ? 'completed' : 'failed']++
    stream.destroy()
  }

  /** Fastify has its own answer, and is about to send it: something else than the visit has answered. */
  leaveAnswer (): void {
    if (!this.#response.isOver && this.#response.stream === undefined) this.#slot?.flag(Flag.timeout)
  }

  /**
   * Fastify's own time limit is over, and its answer not sent yet. A promise if the visit has begun to end without an error: of
   * undefined if its answer comes within the grace period, and counts.
   */
  expire (error: Error): Promise<Failure | undefined> | undefined {
    if (this.#response.sendAgain()) return Promise.resolve(undefined)
    if (this.#response.isOver || this.#response.stream !== undefined) return undefined
    if (this.waiting) {
      this.#admission.withdraw(this)
      this.#route.meter.failed++
      this.#upload?.close(this.#response.raw)
      this.#response.end(() => {})
      if (this.#course === undefined) {
        this.#conclude({ error }, () => {})
        return undefined
      }
      endTrace(this.#trace, error)
      return this.#course.settle({ error })
    }
    if (this.#slot === undefined || this.#slot.flag(Flag.handlerTimeout)) return undefined
    return new Promise((resolve) => {
      this.#expiring = setTimeout(() => {
        this.outlast()
        this.#course?.interrupt(error)
        resolve({ error })
      }, this.#route.grace)
      this.#response.onEnd = () => {
        clearTimeout(this.#expiring)
        resolve(undefined)
      }
    })
  }

  /** See Stage. */
  outlast (): void {
    this.#stop(Flag.handlerTimeout)
  }

  #stop (flag: Flag): void {
    this.#slot?.flag(flag, true)
    this.#slot?.stop()
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
    if (this.#course === undefined) return this.#response.end(send)
    const { settle } = this.#course
    this.runInAsyncScope(settle, this.#course, failure)?.then((out) => {
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
const key = Symbol('fastify-blocking.visit')

/** The visit of a request whose route has dependencies. */
export function visitOf (request: FastifyRequest & { [key]?: Visit }): Visit | undefined {
  return request[key]
}

function isStopped (error: Error): boolean {
  return reasons.has(Reflect.get(error, 'code'))
}

/** What a worker is stopped by. */
const reasons = new Set<unknown>(['FST_BLOCKING_CLIENT_GONE', 'FST_BLOCKING_CLOSING', 'FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT'])
