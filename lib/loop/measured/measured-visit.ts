import type { FastifyReply, FastifyRequest } from 'fastify'
import { ClientGone } from '../../errors.js'
import type { Admission } from '../../queue/admission.js'
import { isRefusal } from '../../request-errors.js'
import type { CanSend } from '../../wire/cloneable.js'
import { deserializeError } from '../../wire/error.js'
import type { Answer, FromWorker, OpenVisit } from '../../wire/messages.js'
import type { BlockingRoute } from '../visit/route-state.js'
import { type PlanRun, Visit } from '../visit/visit.js'
import { findLoss, findOmitted } from './losses.js'

/** What a visit tells a measured route, whose handler may run on the loop as well. */
export interface MovableRoute {
  /** Whether a request of which nothing has begun in a worker can be answered on the loop. */
  readonly mayHandBack: boolean
  /** Something does not cross, there is no such thing in a worker, or the route has ended its thread. */
  refused (reason: string): void
  /** No worker has taken a request in time, which is answered on the loop. */
  handedBack (reason: Error): void
  /** Names a dependency by its index in the plan. */
  labelOf: (index: number) => string
}

/**
 * The visit of a measured route. The handler on the loop answers in place of an error, as long as nothing of
 * it has begun in a worker, and the route is told of all that its handler cannot have there.
 */
export class MeasuredVisit extends Visit {
  readonly #movable: MovableRoute

  constructor (
    admission: Admission,
    route: BlockingRoute,
    movable: MovableRoute,
    request: FastifyRequest,
    reply: FastifyReply,
    planRun: PlanRun | undefined
  ) {
    super(admission, route, request, reply, planRun)
    this.#movable = movable
  }

  /** Whether the handler on the loop can answer, if nothing has begun in a worker. */
  get #mayHandBack (): boolean {
    return this.#movable.mayHandBack && !this.response.isOver
  }

  protected override enqueueWithBody (): void {
    // A body of which something has been read could not be left to the loop again.
    if (this.#mayHandBack) this.admission.enqueue(this)
    else super.enqueueWithBody()
  }

  override reject (error: Error): void {
    if (!this.#mayHandBack) return super.reject(error)
    this.#movable.handedBack(error)
    this.#handBack()
  }

  override open (): OpenVisit {
    const opening = super.open()
    this.#refuseLoss(opening)
    return opening
  }

  override repair (error: unknown, canSend: CanSend): void {
    super.repair(error, canSend)
    this.#refuseLoss(this.opening!)
  }

  /** Throws for a value that cannot cross, if the loop can answer instead. */
  #refuseLoss (opening: OpenVisit): void {
    const error = findLoss(opening, this.#movable.labelOf)
    if (error === undefined) return
    this.#movable.refused(error.message)
    if (this.#mayHandBack) throw error
  }

  override failed (error: unknown): void {
    if (error instanceof ClientGone) super.failed(error)
    else this.#failUnhandled(error)
  }

  override message (message: FromWorker): void {
    if (message.type === 'failed' && message.isUnhandled === true) {
      return this.#failUnhandled(deserializeError(message.error))
    }
    if (message.type === 'answer') this.#noteRefusal(message)
    else if (message.type === 'end' && message.error) this.#noteError(deserializeError(message.error))
    super.message(message)
  }

  #noteRefusal ({ refusal, changes }: Answer): void {
    const reason = refusal ?? findOmitted({ ...(changes && { changes }) }, this.#movable.labelOf)?.message
    if (reason !== undefined) this.#movable.refused(reason)
  }

  #noteError (error: unknown): void {
    if (isRefusal(error)) this.#movable.refused(error.message)
  }

  protected override fail (error: unknown): void {
    this.#noteError(error)
    super.fail(error)
  }

  protected override loseThread (error: Error): void {
    this.#movable.refused(error.message)
    super.loseThread(error)
  }

  /** Nothing of the handler has begun: the loop answers if it can. */
  #failUnhandled (error: unknown): void {
    if (!this.#mayHandBack) return this.fail(error)
    this.#noteError(error)
    this.#releaseBody()
    this.endWork()
    this.#handBack()
  }

  #handBack (): void {
    this.#releaseBody()
    this.response.leave({ type: 'left' })
  }

  #releaseBody (): void {
    this.body?.release()
    this.body = undefined
  }
}
