import type { ServerResponse } from 'node:http'
import type { Slot } from '../../executor.js'
import { serializeError } from '../../wire/error.js'
import { AbortReason } from '../../wire/shared-cells.js'
import type { Answer } from '../../wire/messages.js'
import { CreditStream } from '../../wire/credit-stream.js'
import { batchSize, streamWindow } from '../../wire/streams.js'
import { isUnpatchedResponse } from './unpatched-response.js'

/** The stream of an answer that has begun, or is there as a whole. */
export function createAnswerStream (answer: Answer, slot: Slot, raw: Response): AnswerStream {
  const stream = new AnswerStream(slot, raw)
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
  readonly #slot: Slot
  readonly #raw: Response
  /** Nothing else is between this stream and the socket. */
  #isDirect = false
  /** Of parts that the response has. */
  #inFlight: ArrayBuffer[] = []
  #recycled: ArrayBuffer[] = []

  constructor (slot: Slot, raw: Response) {
    super(streamWindow)
    this.#slot = slot
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

  protected requestCredit (credit: number): void {
    const spent = this.#recycled
    this.#recycled = []
    this.#slot.flow(spent.length === 0 ? { credit } : { credit, spent })
  }

  protected cancel (error: Error | null): void {
    if (this.#raw.destroyed && !this.#raw.writableFinished) this.#slot.flag(AbortReason.clientGone)
    this.#slot.flow({ credit: 0, isCancelled: true, ...(error && { fault: serializeError(error) }) })
  }
}
