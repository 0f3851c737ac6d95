import type { FastifyReply, FastifyRequest } from 'fastify'
import { captureContexts } from '../../context/carriers.js'
import { openTrace, startTraced, type VisitTrace } from '../../context/visit-trace.js'
import type { Failure } from '../../dependencies/failure.js'
import { ClientGone, Closing, VisitTimeout } from '../../errors.js'
import type { Lost, Session } from '../../executor.js'
import type { Admission } from '../../queue/admission.js'
import type { QueuedTask } from '../../queue/route-queue.js'
import { createThreadLostError } from '../../request-errors.js'
import { toAbortError } from '../../request/abort-error.js'
import { decideBackground } from '../../request/background.js'
import type { Outcome } from '../../stats-types.js'
import { AbortReason } from '../../wire/abort-reason.js'
import type { CanSend } from '../../wire/cloneable.js'
import { deserializeError } from '../../wire/error.js'
import type { LogFacts, LogLine } from '../../wire/log-messages.js'
import type {
  Answer, BackgroundDone, End, FromWorker, Left, LoopStep, OpenVisit, StepResult, WorkerTimes
} from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'
import { BodySender } from '../body/body-sender.js'
import { listTransfers } from '../body/collected-body.js'
import { findBody } from '../body/find-body.js'
import type { KnownBytes } from '../body/known-bytes.js'
import { type AttachedVisit, attachVisit } from './attached-visit.js'
import { type LatePhases, VisitBackground } from './background.js'
import { callLogger, writeLogLine } from './log.js'
import { type EndingPlanRun, VisitResponse } from './visit-response.js'
import type { BlockingRoute } from './route-state.js'
import { omitUncloneable, takeSnapshot } from './snapshot.js'
import { TimedTask } from './timed-task.js'

/** The members of LoopPlanRun that a visit uses, see plan/plan-run.ts. */
export interface PlanRun extends EndingPlanRun {
  readonly values: EncodedValues | undefined
  openVisit (): boolean
  stepRequested (step: LoopStep): void
  interrupt (error: unknown): void
  /** Undefined if nothing on the loop can end when the response is over. */
  readonly late: LatePhases | undefined
}

/**
 * Takes one request through the queue and a worker, up to its answer. Code of the app that runs on the loop
 * meanwhile, or after the answer, runs in the async context of the request, and not in that of a worker's
 * message.
 */
export class Visit extends TimedTask implements QueuedTask, AttachedVisit {
  #session: Session | undefined
  protected opening: OpenVisit | undefined
  #context: EncodedValues | undefined
  /** Sends a body that the worker is to read. */
  protected body: BodySender | undefined
  /** Set if the loop has read the body, and kept its bytes. */
  #bytes: KnownBytes | undefined
  /** How long the session has taken, in ms; undefined before its end. */
  #ran: number | undefined
  #isPrefetched = false
  /** Set if the answer leaves background work. */
  #background: VisitBackground | undefined
  readonly #route: BlockingRoute
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #trace: VisitTrace | undefined
  protected readonly response: VisitResponse
  /** Set unless the whole plan of the route runs in the worker. */
  readonly #planRun: PlanRun | undefined

  constructor (
    admission: Admission,
    route: BlockingRoute,
    request: FastifyRequest,
    reply: FastifyReply,
    planRun?: PlanRun
  ) {
    super('fastify-blocking.visit', admission, route)
    this.#route = route
    this.#request = request
    this.#reply = reply
    this.#trace = openTrace(route.queue.route, request)
    this.response = new VisitResponse(route, reply, this, this.#trace, planRun)
    this.#planRun = planRun
  }

  /** Makes the visit known to its request, for other code that may end the request. */
  attach (): this {
    attachVisit(this.#request, this)
    if (this.#planRun === undefined && this.#route.hasTeardown) decideBackground(this.#reply, this.response)
    return this
  }

  /*
   * The request is queued.
   */

  start (): void {
    if (this.#trace === undefined) this.#start()
    else startTraced(this.#trace, () => this.#start())
  }

  #start (): void {
    // The client has hung up while hooks were running.
    if (this.response.raw.destroyed) return this.response.abandon()
    try {
      this.#findBody()
    } catch (error) {
      return this.response.fail(error)
    }
    // Captured here, in the caller's async context: open() is called later, in another one.
    this.#context = captureContexts(this.#route.carriers, this.#request)
    this.response.watch()
    this.enqueueWithBody()
  }

  /** Queues the request once the first chunk of its body has come, if the worker is to read it. */
  protected enqueueWithBody (): void {
    if (this.body === undefined) this.admission.enqueue(this)
    else this.body.whenFirstChunkRead(() => this.#requestSession())
  }

  #findBody (): void {
    const body = findBody(this.#request, this.queue.route, this.#route.isDeferred)
    if (body instanceof BodySender) this.body = body
    else this.#bytes = body
  }

  #requestSession (): void {
    if (this.response.isOver) this.response.abandon()
    else this.admission.enqueue(this)
  }

  reject (error: Error): void {
    this.#refuse(error, 'refused')
  }

  #refuse (error: Error, outcome: Outcome): void {
    this.body?.close(this.response.raw)
    this.#reply.header('retry-after', this.admission.retryAfter)
    this.response.fail(error, outcome)
  }

  /** Whether the worker needs nothing more from the loop, neither a step nor a body. */
  get isPrefetchable (): boolean {
    return (this.body === undefined || this.body.inlineBody !== undefined) && this.#planRun === undefined &&
      this.#bytes?.bytes?.isRepeatable !== false
  }

  /*
   * The request is sent to a worker.
   */

  open (): OpenVisit {
    // Node does not close the response to a pipelined request when the connection has broken.
    if (this.#request.raw.socket.destroyed) throw new ClientGone(this.queue.route)
    const opening = takeSnapshot(this.#route, this.#request, this.#reply, this.body, this.#bytes)
    if (this.#route.timing?.isDue() === true) opening.isTimed = true
    if (this.#route.isHandledOnLoop === true) opening.handler = 'loop'
    if (this.#context !== undefined) opening.context = this.#context
    const dependencies = this.#planRun?.values
    if (dependencies !== undefined) opening.dependencies = dependencies
    if (this.#planRun?.openVisit() === true) opening.hasTeardown = true
    this.opening = opening
    return opening
  }

  get log (): FastifyRequest['log'] {
    return this.#request.log
  }

  get transferList (): readonly ArrayBuffer[] | undefined {
    const chunks = this.opening?.collected
    return chunks === undefined ? undefined : listTransfers(chunks)
  }

  repair (_error: unknown, canSend: CanSend): void {
    omitUncloneable(this.opening!, this.#route.knownUncloneable, canSend)
  }

  started (): void {
    const waited = this.startRun()
    if (this.#trace !== undefined) this.#trace.wait = waited
    const { timeout } = this.#route
    if (timeout > 0) this.setLimit(timeout, () => this.#overrun())
  }

  opened (session: Session): void {
    this.#session = session
    this.#isPrefetched = !session.isStarted
    this.opening = undefined
    this.body?.open(session)
  }

  failed (error: unknown): void {
    this.fail(error)
  }

  /*
   * The worker sends messages, and the visit responds.
   */

  message (message: FromWorker): void {
    switch (message.type) {
      case 'answer':
        return message.stream === 'begun'
          ? this.response.startStream(message, this.#session!)
          : this.#answered(message)
      case 'chunks': return this.response.receiveChunks(message.chunks)
      case 'end': return this.#streamEnded(message)
      case 'credit': return this.body?.receiveCredit(message)
      case 'step': return this.#stepRequested(message)
      case 'left': return this.#left(message)
      case 'backgroundDone': return this.#backgroundDone(message)
      case 'failed': return this.fail(deserializeError(message.error))
      case 'log': return writeLogLine(message, this.#request.server, this.#request, this.#reply)
      case 'result': throw new TypeError('a visit has no result')
    }
  }

  ended (message: FromWorker, ran?: number): void {
    this.ranElsewhere = ran
    try {
      this.message(message)
    } catch (error) {
      // The message of another machine makes no sense. Nothing else answers: the session is over.
      if (this.#ran === undefined) this.endWork()
      this.response.breakOff(error)
    }
    if ('times' in message && message.times !== undefined) this.#timed(message.times)
  }

  #timed ([ran, active]: WorkerTimes): void {
    this.#route.timing?.timed({ ran, active, way: this.#isPrefetched ? undefined : this.#ran! - ran })
  }

  async callLogger (line: LogLine): Promise<LogFacts | undefined> {
    return await callLogger(line, this.#request.server, this.#request, this.#reply)
  }

  #stepRequested (step: LoopStep): void {
    if (step.endsAt === 'onResponse') {
      this.runInAsyncScope(() => this.#background!.dispose(step))
      return
    }
    // From here on the route's handler on the loop answers.
    if (step.step === 'handle') this.response.handOver()
    this.runInAsyncScope(() => this.#planRun!.stepRequested(step))
  }

  /** The session while it is open in a worker. */
  get session (): Session | undefined {
    return this.#session?.isStarted === true && this.#session.isOpen ? this.#session : undefined
  }

  resume (result: StepResult): void {
    this.#session!.send(result)
  }

  complete (): Failure | undefined {
    const reason = this.#session!.complete()
    if (reason === AbortReason.none) return undefined
    const { timeout, handlerTimeout } = this.#route
    return { error: toAbortError(reason, { label: this.label, timeout, handlerTimeout }) }
  }

  #answered (answer: Answer): void {
    this.#endWorkOrStay(answer.hasBackground === true)
    this.response.answer(answer, this.#session!)
  }

  #streamEnded (end: End): void {
    this.#endWorkOrStay(end.hasBackground === true)
    this.response.endStream(end)
  }

  #left (message: Left): void {
    this.#endWorkOrStay(message.hasBackground === true)
    this.response.leave(message)
  }

  /** Ends the visit with an error. */
  protected fail (error: unknown): void {
    this.endWork()
    this.response.fail(error)
  }

  #endWorkOrStay (hasBackground: boolean): void {
    if (!hasBackground) return this.endWork()
    this.clearLimit()
    this.#background = new VisitBackground(
      this.#session!, this.queue.route, this.#route.timeout, this.#reply, this.#planRun?.late
    )
  }

  #backgroundDone (message: BackgroundDone): void {
    this.runInAsyncScope(() => this.#background!.done(message))
    this.endWork()
  }

  /**
   * Ends the run: the queue may start the next task. Called before the answer is sent, so that the next
   * request is on its way by then.
   */
  protected endWork (): void {
    this.#ran = this.endRun()
    if (this.#trace !== undefined) this.#trace.run = this.#ran
    this.body?.close(this.response.raw)
  }

  lost ({ isStarted, cause }: Lost): void {
    // A body whose bytes were moved has gone with the worker.
    if (!isStarted && this.#bytes?.bytes?.isGone !== true) return this.#notStarted()
    const { route } = this.queue
    this.endWork()
    const error = (): Error => createThreadLostError(route, cause)
    if (this.#background !== undefined) return this.runInAsyncScope(() => this.#background!.lost(error()))
    if (this.admission.isClosing && !this.response.isAnswered) {
      return this.#refuse(Object.assign(new Closing(route), { cause }), 'failed')
    }
    this.loseThread(error())
  }

  protected loseThread (error: Error): void {
    this.response.fail(error)
  }

  /**
   * Queues a request again that has not started: the worker has ended, or is busy with another request. A
   * client that has gone is not served.
   */
  #notStarted (): void {
    this.#session = undefined
    this.resetRun()
    if (!this.response.isOver) return this.admission.requeue(this)
    this.admission.leave(this.queue)
    this.body?.close(this.response.raw)
    this.response.abandon()
  }

  /*
   * Something else ends the request: a time limit, the client, or other code of the loop.
   */

  /** The time limit is over. A visit that already ends without an error has the grace period to do so. */
  #overrun (): void {
    if (this.#session!.abort(AbortReason.timeout)) this.#timeOut()
    else this.setLimit(this.#route.grace, () => this.#timeOut())
  }

  /** Answers with the error at once. The thread has the grace period to end the visit. */
  #timeOut (): void {
    const error = new VisitTimeout(this.queue.route, this.#route.timeout)
    this.#interrupt(AbortReason.timeout, error)
    this.body?.break(error)
    this.response.timeOut(error)
  }

  /** The visit has not ended in time, so that its answer does not count. */
  #interrupt (reason: AbortReason, error: Error): void {
    this.#session?.terminate(reason)
    this.#planRun?.interrupt(error)
  }

  /** See RespondingVisit.responseClosed(). */
  responseClosed (): void {
    if (this.waiting) {
      this.admission.cancel(this)
      this.response.abandon()
    } else if (this.#session?.withdraw() === true) {
      // lost() has concluded the visit.
    } else if (this.response.raw.writableEnded) {
      // Something else has answered, which is Fastify's handlerTimeout unless the app answers by itself. An
      // injected response is ended, and never finished.
      this.#interrupt(AbortReason.handlerTimeout, new ClientGone(this.queue.route))
    } else {
      // Not terminated: otherwise anyone could make a server restart its threads by hanging up.
      this.#session?.abort(AbortReason.clientGone)
    }
  }

  /** The worker's signal tells a time limit, which is the usual cause. */
  answeredElsewhere (): void {
    if (!this.response.isOver && !this.isStreaming) this.#session?.abort(AbortReason.timeout)
  }

  get isStreaming (): boolean {
    return this.response.isStreaming
  }

  expire (error: Error): Promise<Failure | undefined> | undefined {
    if (this.response.sendAgain()) return Promise.resolve(undefined)
    if (this.response.isOver || this.isStreaming) return undefined
    if (this.waiting) {
      this.admission.cancel(this)
      this.body?.close(this.response.raw)
      return this.response.expire(error)
    }
    if (this.#session === undefined || this.#session.abort(AbortReason.handlerTimeout)) return undefined
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#interrupt(AbortReason.handlerTimeout, error)
        resolve({ error })
      }, this.#route.grace)
      this.response.onceEnded(() => {
        clearTimeout(timer)
        resolve(undefined)
      })
    })
  }

  /** See SuspendableVisit.outlast(). */
  outlast (): void {
    this.#session?.terminate(AbortReason.handlerTimeout)
  }
}
