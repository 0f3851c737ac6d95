import type { AsyncResource } from 'node:async_hooks'
import type { FastifyReply } from 'fastify'
import type { AnswerStream } from '../response/answer-stream.js'

/** The response to a visit's request: it is answered once, by the visit or by whom it is handed to. */
export class VisitResponse {
  /** The request needs nothing more from the visit. */
  isOver = false
  /** Of an answer that is on its way. */
  stream: AnswerStream | undefined
  /** The handler is on the loop, and answers, unless something goes wrong before it does. */
  #isHandedOver = false
  /** Called once it has been answered from here. */
  onEnd: (() => void) | undefined
  /** What an error that is about to be answered has come before. */
  #sendAgain: (() => void) | undefined
  readonly #reply: FastifyReply
  /** In whose async context it is answered. */
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

  /** Whether an answer has been given, or begun, by the visit; or nobody waits for one. The handler on the loop may have one of its own. */
  get isAnswered (): boolean {
    return (this.isOver && !this.#isHandedOver) || this.stream !== undefined
  }

  /** Tells when it is over, from here on. Not request.signal: on a request with a body it is aborted as soon as that has been parsed. */
  watch (): void {
    this.raw.once('close', this.#onClose)
  }

  /** It is the loop's route's to end. */
  handOver (): void {
    this.isOver = this.#isHandedOver = true
    this.raw.off('close', this.#onClose)
  }

  /** Answers, once. */
  end (send: () => void): void {
    if (this.isOver && !this.#isHandedOver) return
    this.isOver = true
    this.#isHandedOver = false
    this.raw.off('close', this.#onClose)
    this.#send(send)
    this.onEnd?.()
  }

  /** Whether there is an answer that came too late for Fastify to send: then it is sent now. */
  sendAgain (): boolean {
    const send = this.#sendAgain
    if (send === undefined) return false
    this.#sendAgain = undefined
    this.#send(send)
    return true
  }

  /** The answer is to be continued. */
  startStream (stream: AnswerStream, send: () => void): void {
    this.stream = stream
    this.#send(send)
  }

  sendError (error: unknown): void {
    if (this.stream === undefined) this.#reply.send(error)
    else this.stream.break(error instanceof Error ? error : new Error(String(error)))
  }

  /** What an `onSend` hook or the headers throw goes to the error handler, as from a handler on the loop. */
  #send (send: () => void): void {
    if (this.#reply.sent) return
    try {
      this.#visit.runInAsyncScope(send)
    } catch (error) {
      // Inside an onError hook: another error is about to be answered.
      if ((error as { code?: string }).code === 'FST_ERR_SEND_INSIDE_ONERR') this.#sendAgain = send
      else this.#reply.send(error)
    }
  }
}
