import type { AsyncResource } from 'node:async_hooks'
import type { FastifyReply } from 'fastify'
import { endTrace, type VisitTrace } from '../../context/visit-trace.js'
import type { Failure } from '../../dependencies/failure.js'
import { ClientGone } from '../../errors.js'
import type { Session } from '../../executor.js'
import { isHandlerTimeout } from '../../request-errors.js'
import { isAbortError } from '../../request/abort-error.js'
import { dropBackground, failBackground, type OutcomeDecider } from '../../request/background.js'
import type { Outcome } from '../../stats-types.js'
import { isError } from '../../wire/cloneable.js'
import { deserializeError } from '../../wire/error.js'
import type { Answer, End, Left } from '../../wire/messages.js'
import { type AnswerStream, createAnswerStream } from '../response/answer-stream.js'
import { returnBuffer } from '../response/return-buffer.js'
import { applyAnswer, sendAnswer, sendAppliedAnswer } from '../response/send-answer.js'
import type { BlockingRoute } from './route-state.js'

/** The members of LoopPlanRun that a response uses, see plan/plan-run.ts. */
export interface EndingPlanRun {
  readonly isEmpty: boolean
  left (message: Left): Promise<Failure | undefined> | undefined
  settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined
  throwFromHandler (thrown: unknown): void
}

/** The visit: the async context in which answers are sent. */
interface RespondingVisit extends AsyncResource {
  /**
   * Called when the response is over although the visit has sent no answer: the client has hung up, or
   * something else has answered. The trace has ClientGone for both, as nobody waits for the visit.
   */
  responseClosed (): void
}

/**
 * The response to a visit's request, and with it the end of the visit: remaining dependencies on the loop are
 * torn down, the meter and the trace are told, and one answer is sent, by the visit or by the route's handler
 * on the loop.
 */
export class VisitResponse implements OutcomeDecider {
  #isOver = false
  #isCounted = false
  #stream: AnswerStream | undefined
  /** Whether the handler on the loop answers. The visit may still answer with an error before. */
  #isHandedOver = false
  #onEnd: (() => void) | undefined
  /** Sends an answer that Fastify has refused because it was running onError hooks. */
  #sendAgain: (() => void) | undefined
  #isConcluded = false
  #concluded: Promise<void> | undefined
  #onConclude: (() => void) | undefined
  readonly #route: BlockingRoute
  readonly #reply: FastifyReply
  readonly #visit: RespondingVisit
  readonly #trace: VisitTrace | undefined
  readonly #planRun: EndingPlanRun | undefined
  readonly #onClose: () => void

  constructor (
    route: BlockingRoute,
    reply: FastifyReply,
    visit: RespondingVisit,
    trace: VisitTrace | undefined,
    planRun: EndingPlanRun | undefined
  ) {
    this.#route = route
    this.#reply = reply
    this.#visit = visit
    this.#trace = trace
    this.#planRun = planRun
    this.#onClose = () => this.#closed()
  }

  get raw (): FastifyReply['raw'] {
    return this.#reply.raw
  }

  /** Whether the request needs nothing more from the visit. */
  get isOver (): boolean {
    return this.#isOver
  }

  get isStreaming (): boolean {
    return this.#stream !== undefined
  }

  /**
   * Whether the visit has answered, or begun to, or nobody waits for an answer. False if the handler on the
   * loop answers.
   */
  get isAnswered (): boolean {
    return (this.#isOver && !this.#isHandedOver) || this.isStreaming
  }

  /**
   * Listens for the end of the response. request.signal would not do: on a request with a body Fastify aborts
   * the signal as soon as the body has been parsed.
   */
  watch (): void {
    this.raw.once('close', this.#onClose)
  }

  #closed (): void {
    this.#isOver = true
    this.#count(this.#outcomeOfClose())
    if (this.#stream !== undefined) {
      this.#stream.destroy()
      return
    }
    if (this.#trace !== undefined) this.#trace.error ??= new ClientGone(this.#route.queue.route)
    this.#visit.responseClosed()
  }

  #outcomeOfClose (): Outcome {
    const { handlerTimeout } = this.#route
    // Without a `handlerTimeout` Fastify would make the signal when it is read.
    if (handlerTimeout > 0 && isHandlerTimeout(this.#reply.request.signal.reason)) return 'timedOut'
    // The response may not have needed the rest of the stream, as for HEAD.
    if (this.#stream !== undefined) return this.raw.writableFinished ? 'completed' : 'clientGone'
    return this.raw.writableEnded ? 'failed' : 'clientGone'
  }

  /** Counts the request. Only the first outcome counts. */
  #count (outcome: Outcome): void {
    if (this.#isCounted) return
    this.#isCounted = true
    this.#route.meter[outcome]++
  }

  /** Leaves the response to the route's handler on the loop. */
  handOver (): void {
    if (this.#isOver) return
    this.#isOver = this.#isHandedOver = true
    this.raw.off('close', this.#onClose)
  }

  /** The visit has ended without an answer: the handler goes on, or the request has failed. */
  leave (message: Left): void {
    endTrace(this.#trace, undefined)
    this.#count('completed')
    this.handOver()
    this.#visit.runInAsyncScope(() => this.#planRun!.left(message))?.then((failure) => {
      if (failure !== undefined) this.#end(() => this.#reply.send(failure.error))
    })
  }

  /** Answers. */
  answer (answer: Answer, session: Session): void {
    this.#count('completed')
    if (answer.isFailed) dropBackground(this.#reply)
    // The response was over before the answer came. If the route has a teardown, its outcome decides.
    else if (this.#isOver && !this.#route.hasTeardown) {
      failBackground(this.#reply, { error: new ClientGone(this.#route.queue.route) })
    }
    // Open dependencies on the loop see the answer, and may change it, before it is sent.
    const isApplied = this.#planRun?.isEmpty === false && !this.#isOver
    const send = (): void => {
      (isApplied ? sendAppliedAnswer : sendAnswer)(
        this.#reply, answer, answer.stream && createAnswerStream(answer, session, this.raw)
      )
      if (this.#route.mayReturnBytes && answer.stream === undefined) {
        returnBuffer(answer.payload, this.raw, session)
      }
    }
    if (isApplied) this.#apply(answer, send)
    else this.#conclude(undefined, send)
  }

  #apply (answer: Answer, send: () => void): void {
    const fail = (error: unknown): void => this.#conclude({ error }, () => this.#sendError(error))
    try {
      const stored = this.#visit.runInAsyncScope(applyAnswer, undefined, this.#reply, answer)
      if (stored === undefined) this.#conclude(undefined, send)
      else stored.then(() => this.#conclude(undefined, send), fail)
    } catch (error) {
      fail(error)
    }
  }

  /** Starts a streamed answer, whose chunks are still to come. */
  startStream (answer: Answer, session: Session): void {
    if (this.#isOver) return session.send({ type: 'credit', bytes: 0, isCancelled: true })
    const stream = createAnswerStream(answer, session, this.raw)
    if (answer.isFailed) dropBackground(this.#reply)
    this.#stream = stream
    this.#send(() => sendAnswer(this.#reply, answer, stream))
  }

  receiveChunks (chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.#stream?.receive(chunk)
  }

  /** Ends the visit with the end of its streamed answer. */
  endStream (end: End): void {
    if (end.lastChunk !== undefined) this.#stream?.receive(end.lastChunk)
    const error = end.error && deserializeError(end.error)
    this.#count(error === undefined ? 'completed' : 'failed')
    if (this.#isOver && error !== undefined && !isAbortError(error)) {
      this.#reply.request.log.error(
        { err: error }, 'fastify-blocking: a stream failed after its response was over'
      )
    }
    this.#conclude(error && { error }, () => {
      // Broken at once: a client that has stopped reading would never come to the end of the stream.
      if (error !== undefined && isAbortError(error)) this.#stream!.break(error)
      else this.#stream!.end(error)
    })
  }

  /** Ends the visit with an error. */
  fail (error: unknown, outcome: Outcome = error instanceof ClientGone ? 'clientGone' : 'failed'): void {
    this.#count(outcome)
    this.#conclude({ error }, () => this.#sendError(error))
  }

  /** Ends the visit of a client that has hung up. */
  abandon (): void {
    this.#count('clientGone')
    this.#conclude({ error: new ClientGone(this.#route.queue.route) }, sendNothing)
  }

  /** Ends a visit that has not begun, and leaves the answer to Fastify, whose time limit is over. */
  expire (error: Error): Promise<Failure | undefined> | undefined {
    this.#count('timedOut')
    this.#end(sendNothing)
    return this.#settle({ error })
  }

  /** Answers with an error that came up while the visit was ending. */
  breakOff (error: unknown): void {
    this.#count('failed')
    this.#end(() => this.#sendError(error))
  }

  /** Answers with the error of a time limit, while the visit is still to end. */
  timeOut (error: Error): void {
    if (this.#trace !== undefined) this.#trace.error = error
    this.#count('timedOut')
    this.#end(() => this.#sendError(error))
  }

  /**
   * Ends the visit: sends the answer, or the error of the teardown if that is another one than `failure`.
   * Sends nothing where other code waits for the teardown: that code answers.
   */
  #conclude (failure: Failure | undefined, send: () => void): void {
    const settled = this.#settle(failure)
    if (this.#planRun === undefined) return this.#end(send)
    settled?.then((out) => {
      this.#end(out === failure || out === undefined ? send : () => this.#sendError(out.error))
    })
  }

  /**
   * Tells trace, background work and teardown of the outcome, and tears down the remaining dependencies on
   * the loop. Returns undefined if the route has none, or if other
   * code waits for the teardown.
   */
  #settle (failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    endTrace(this.#trace, failure?.error)
    if (failure !== undefined) failBackground(this.#reply, failure)
    this.#isConcluded = true
    this.#onConclude?.()
    if (this.#planRun === undefined) return undefined
    return this.#visit.runInAsyncScope(this.#planRun.settle, this.#planRun, failure)
  }

  /** Resolves once the outcome is known: from the worker, or since the visit was given up. */
  async whenOutcomeKnown (): Promise<void> {
    if (this.#isConcluded) return
    this.#concluded ??= new Promise((resolve) => { this.#onConclude = resolve })
    await this.#concluded
  }

  /** Calls back once the visit has answered, or was given up. */
  onceEnded (callback: () => void): void {
    this.#onEnd = callback
  }

  /** Sends an answer, unless the response is over. */
  #end (send: () => void): void {
    if (this.#isOver && !this.#isHandedOver) return
    this.#isOver = true
    this.#isHandedOver = false
    this.raw.off('close', this.#onClose)
    this.#send(send)
    this.#onEnd?.()
  }

  /** Sends an answer that Fastify has refused before, if there is one. Returns false if there is none. */
  sendAgain (): boolean {
    const send = this.#sendAgain
    if (send === undefined) return false
    this.#sendAgain = undefined
    this.#send(send)
    return true
  }

  #sendError (error: unknown): void {
    if (this.#stream !== undefined) this.#stream.break(isError(error) ? error : new Error(String(error)))
    // Fastify would take any other value for a payload.
    else if (isError(error) || this.#planRun === undefined) this.#reply.send(error)
    else this.#planRun.throwFromHandler(error)
  }

  /**
   * Passes an error of `send`, such as that of an `onSend` hook or of a header, to the error handler, as
   * Fastify does for a handler on the loop.
   */
  #send (send: () => void): void {
    if (this.#reply.sent) return
    try {
      this.#visit.runInAsyncScope(send)
    } catch (error) {
      // Fastify is running onError hooks, and is about to send another error.
      if ((error as { code?: string }).code === 'FST_ERR_SEND_INSIDE_ONERR') this.#sendAgain = send
      else this.#reply.send(error)
    }
  }
}

function sendNothing (): void {}
