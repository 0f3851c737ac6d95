import { finished, type Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Failure, StoppableRequest } from '../../dependencies/failure.js'
import { ClientGone } from '../../errors.js'
import { isWebResponse } from '../../wire/streams.js'
import type { LoopSteps } from './steps.js'

/**
 * Whether a request is over although its plan run is not, and the failure that its dependencies then get:
 * something else has answered, the stream of the answer has broken, the client has hung up, or the visit has
 * failed.
 */
export class RequestEnd implements StoppableRequest {
  #detached: Failure | undefined
  /** Set if the answer was a stream that has broken. */
  #broken: Failure | undefined
  readonly #route: string
  readonly #reply: FastifyReply
  readonly #steps: LoopSteps | undefined

  /** `steps` is undefined for a request that has no visit. */
  constructor (route: string, reply: FastifyReply, steps: LoopSteps | undefined) {
    this.#route = route
    this.#reply = reply
    this.#steps = steps
  }

  get stopped (): Failure | undefined {
    return this.#detached ?? this.#steps?.failure
  }

  /**
   * Set when something else, such as a hook or a time limit, has answered while dependencies were still in
   * use: their teardown is then postponed. Holds the failure that they get.
   */
  get detached (): Failure | undefined {
    return this.#detached
  }

  get isDetached (): boolean {
    return this.#detached !== undefined
  }

  /** Returns the failure that counts, which is the first one. */
  detach (failure: Failure): Failure {
    this.#detached ??= failure
    return this.#detached
  }

  /** Whether nobody waits for the remaining phases. */
  get isOver (): boolean {
    return this.isDetached || this.#reply.raw.destroyed
  }

  /** The failure of a request that is over. */
  get failure (): Failure {
    return this.#detached ?? this.#broken ??
      { error: this.#reply.raw.errored ?? new ClientGone(this.#route) }
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
      this.#reply.request.log.debug({ err: error }, 'fastify-blocking: a stream is not watched')
    }
  }
}
