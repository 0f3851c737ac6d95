import type { ServerResponse } from 'node:http'
import type { Session } from '../../executor.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { CreditStream } from '../../wire/credit-stream.js'
import { serializeError } from '../../wire/error.js'
import type { Answer } from '../../wire/messages.js'
import { batchSize, streamWindow } from '../../wire/streams.js'
import { isUnpatchedResponse } from './unpatched-response.js'

/** Makes the stream of an answer that has begun, or that has come as a whole. */
export function createAnswerStream (answer: Answer, session: Session, raw: Response): AnswerStream {
  const stream = new AnswerStream(session, raw)
  stream.receive(answer.payload as Uint8Array)
  if (answer.stream === 'whole') stream.end()
  return stream
}

type Response = Pick<ServerResponse, 'destroyed' | 'writableFinished' | 'writableLength' | 'on'>

/**
 * A streamed answer as Fastify and `onSend` hooks see it. Buffers that have been sent go back to the worker,
 * which fills them again: left to the garbage collector they would pile up on the loop. A buffer goes back
 * only if no other code can have seen it.
 */
export class AnswerStream extends CreditStream {
  readonly #session: Session
  readonly #raw: Response
  /** Whether this stream is piped to the response, with nothing in between. */
  #isDirect = false
  /** Buffers of parts that the response has taken. */
  #inFlight: ArrayBuffer[] = []
  #recycled: ArrayBuffer[] = []

  constructor (session: Session, raw: Response) {
    super(streamWindow)
    this.#session = session
    this.#raw = raw
    // A hook may send something else in the place of this stream, whose error would then have no listener.
    this.on('error', () => {})
    if (isUnpatchedResponse(raw)) {
      raw.on('pipe', (source) => { this.#isDirect = source === this })
      raw.on('unpipe', () => { this.#isDirect = false })
    }
  }

  /**
   * Delays the first data to the next turn of the event loop, as a stream would that reads from somewhere: a
   * hook that listens does so before Fastify, and would get data that Fastify misses.
   */
  override _construct (callback: () => void): void {
    setImmediate(callback)
  }

  override _read (): void {
    // writableLength counts bytes that have not left, those included that libuv is writing: at 0 all parts
    // are sent.
    if (
      this.#inFlight.length > 0 && this.readableLength === 0 &&
      this.#raw.writableLength === 0 && !this.#raw.destroyed
    ) {
      this.#recycled.push(...this.#inFlight)
      this.#inFlight = []
    }
    super._read()
  }

  override push (part: Buffer | null): boolean {
    // A 'data' listener beside that of the pipe may keep the buffer.
    if (part?.buffer.byteLength === batchSize && this.#isDirect && this.listenerCount('data') === 1) {
      this.#inFlight.push(part.buffer as ArrayBuffer)
    }
    return super.push(part)
  }

  protected requestCredit (bytes: number): void {
    for (const buffer of this.#recycled) this.#session.recycle(buffer)
    this.#recycled = []
    this.#session.send({ type: 'credit', bytes })
  }

  protected cancel (error: Error | null): void {
    if (this.#raw.destroyed && !this.#raw.writableFinished) this.#session.abort(AbortReason.clientGone)
    this.#session.send({
      type: 'credit', bytes: 0, isCancelled: true, ...(error && { error: serializeError(error) })
    })
  }
}
