import type { AsyncResource } from 'node:async_hooks'
import type { FastifyReply } from 'fastify'
import type { AnswerStream } from '../response/answer-stream.js'

/**
 * The response to a visit's request. One answer is sent: by the visit, or by the route's handler on the loop.
 */
export class VisitResponse {
  /** Whether the request needs nothing more from the visit. */
  isOver = false
  /** Set once a streamed answer has begun. */
  stream: AnswerStream | undefined
  /** Whether the handler on the loop answers. The visit may still answer with an error before. */
  #isHandedOver = false
  /** Called once the visit has answered. */
  onEnd: (() => void) | undefined
  /** Sends an answer that Fastify has refused because it was running onError hooks. */
  #sendAgain: (() => void) | undefined
  readonly #reply: FastifyReply
  /** The async context in which answers are sent. */
  readonly #visit: AsyncResource
  readonly #onClose: () => void

  constructor (reply: FastifyReply, visit: AsyncResource, onClose: () => void) {
    this.#reply = reply
    this.#visit = visit
    this.#onClose = onClose
  }

  get raw (): FastifyReply['raw'] {
    return this.#reply.raw
  }

  /**
   * Whether the visit has answered, or begun to, or nobody waits for an answer. False if the handler on the
   * loop answers.
   */
  get isAnswered (): boolean {
    return (this.isOver && !this.#isHandedOver) || this.stream !== undefined
  }

  /**
   * Calls `onClose` when the response is over. request.signal would not do: on a request with a body Fastify
   * aborts the signal as soon as the body has been parsed.
   */
  watch (): void {
    this.raw.once('close', this.#onClose)
  }

  /** Leaves the response to the route's handler on the loop. */
  handOver (): void {
    this.isOver = this.#isHandedOver = true
    this.raw.off('close', this.#onClose)
  }

  /** Sends an answer, unless the response is over. */
  end (send: () => void): void {
    if (this.isOver && !this.#isHandedOver) return
    this.isOver = true
    this.#isHandedOver = false
    this.raw.off('close', this.#onClose)
    this.#send(send)
    this.onEnd?.()
  }

  /** Sends an answer that Fastify has refused before, if there is one. Returns false if there is none. */
  sendAgain (): boolean {
    const send = this.#sendAgain
    if (send === undefined) return false
    this.#sendAgain = undefined
    this.#send(send)
    return true
  }

  /** Sends a streamed answer, whose chunks are still to come. */
  startStream (stream: AnswerStream, send: () => void): void {
    this.stream = stream
    this.#send(send)
  }

  sendError (error: unknown): void {
    if (this.stream === undefined) this.#reply.send(error)
    else this.stream.break(error instanceof Error ? error : new Error(String(error)))
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
