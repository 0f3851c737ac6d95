import type { ServerResponse } from 'node:http'
import type { Session } from '../../executor.js'
import { serializeError } from '../../wire/error.js'
import { AbortReason } from '../../wire/abort-reason.js'
import type { Answer } from '../../wire/messages.js'
import { CreditStream } from '../../wire/credit-stream.js'
import { batchSize, streamWindow } from '../../wire/streams.js'
import { isUnpatchedResponse } from './unpatched-response.js'

/** The stream of an answer that has begun, or is there as a whole. */
export function createAnswerStream (answer: Answer, session: Session, raw: Response): AnswerStream {
  const stream = new AnswerStream(session, raw)
  stream.receive(answer.payload as Uint8Array)
  if (answer.stream === 'whole') stream.end()
  return stream
}

type Response = Pick<ServerResponse, 'destroyed' | 'writableFinished' | 'writableLength' | 'on'>

/**
 * A streamed answer as Fastify and `onSend` hooks see it. The memory of what has been sent goes back to the worker, which fills it
 * again: left to the collector it would pile up here. Only where it is sure that nobody else has seen it.
 */
export class AnswerStream extends CreditStream {
  readonly #session: Session
  readonly #raw: Response
  /** Nothing else is between this stream and the socket. */
  #isDirect = false
  /** Of parts that the response has. */
  #inFlight: ArrayBuffer[] = []
  #recycled: ArrayBuffer[] = []

  constructor (session: Session, raw: Response) {
    super(streamWindow)
    this.#session = session
    this.#raw = raw
    // A hook may have put something else in its place, and then nobody listens.
    this.on('error', () => {})
    if (isUnpatchedResponse(raw)) {
      raw.on('pipe', (source) => { this.#isDirect = source === this })
      raw.on('unpipe', () => { this.#isDirect = false })
    }
  }

  /** A hook that listens does so before Fastify: nothing comes before the next turn of the event loop, as of a stream that is read from somewhere. */
  override _construct (callback: () => void): void {
    setImmediate(callback)
  }

  override _read (): void {
    // What has not left yet is counted there, what libuv is at too.
    if (this.#inFlight.length > 0 && this.readableLength === 0 && this.#raw.writableLength === 0 && !this.#raw.destroyed) {
      this.#recycled.push(...this.#inFlight)
      this.#inFlight = []
    }
    super._read()
  }

  override push (part: Buffer | null): boolean {
    // Whoever listens beside the pipe may keep it.
    if (part?.buffer.byteLength === batchSize && this.#isDirect && this.listenerCount('data') === 1) this.#inFlight.push(part.buffer as ArrayBuffer)
    return super.push(part)
  }

  protected requestCredit (bytes: number): void {
    for (const buffer of this.#recycled) this.#session.recycle(buffer)
    this.#recycled = []
    this.#session.send({ type: 'credit', bytes })
  }

  protected cancel (error: Error | null): void {
    if (this.#raw.destroyed && !this.#raw.writableFinished) this.#session.abort(AbortReason.clientGone)
    this.#session.send({ type: 'credit', bytes: 0, isCancelled: true, ...(error && { error: serializeError(error) }) })
  }
}
