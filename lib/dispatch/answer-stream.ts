import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Slot } from '../pool/executor.js'
import { asBuffer } from '../wire/bytes.js'
import { toFault } from '../wire/fault.js'
import { Flag } from '../wire/flag.js'
import type { Answer } from '../wire/messages.js'
import { batchSize, streamWindow } from '../wire/streams.js'

/** The stream of an answer that has begun, or is there as a whole. */
export function openStream (answer: Answer, slot: Slot, raw: Pick<ServerResponse, 'destroyed' | 'writableFinished'>): AnswerStream {
  const stream = new AnswerStream((credit) => slot.flow({ credit }), (error) => {
    if (raw.destroyed && !raw.writableFinished) slot.flag(Flag.clientGone)
    slot.flow({ credit: 0, isCancelled: true, ...(error && { fault: toFault(error) }) })
  })
  stream.receive(answer.payload as Uint8Array)
  if (answer.stream === 'whole') stream.end()
  return stream
}

/**
 * A streamed answer as Fastify and `onSend` hooks see it. What is passed on is asked for again, so that no more than a
 * window's worth is held here however slow the client is.
 */
export class AnswerStream extends Readable {
  readonly #parts: Uint8Array[] = []
  readonly #ask: (bytes: number) => void
  readonly #cancel: (error: Error | null) => void
  #isWanted = false
  #passedOn = 0
  /** Set once nothing more comes: with what it broke of, if it did. */
  #end: { error?: Error } | undefined

  constructor (ask: (bytes: number) => void, cancel: (error: Error | null) => void) {
    super({ highWaterMark: batchSize })
    this.#ask = ask
    this.#cancel = cancel
    // A hook may have put something else in its place, and then nobody listens.
    this.on('error', () => {})
  }

  receive (part: Uint8Array): void {
    this.#parts.push(part)
    if (this.#isWanted) this.#pass()
  }

  /** After all that has been received comes the end, or the error. */
  end (error?: Error): void {
    this.#end = error === undefined ? {} : { error }
    if (this.#isWanted) this.#pass()
  }

  /** What has been received no longer counts. */
  break (error: Error): void {
    this.#end = { error }
    this.destroy(error)
  }

  override _read (): void {
    this.#isWanted = true
    this.#pass()
  }

  override _destroy (error: Error | null, callback: (error: Error | null) => void): void {
    this.#parts.length = 0
    if (this.#end === undefined) this.#cancel(error)
    callback(error)
  }

  #pass (): void {
    const part = this.#parts.shift()
    if (part === undefined) return this.#finish()
    this.#isWanted = false
    this.#passedOn += part.length
    if (this.#passedOn >= streamWindow / 2 && this.#end === undefined) {
      this.#ask(this.#passedOn)
      this.#passedOn = 0
    }
    this.push(asBuffer(part))
  }

  #finish (): void {
    if (this.#end === undefined) return
    const { error } = this.#end
    if (error === undefined) this.push(null)
    // Not at once: the last part is just being read.
    else process.nextTick(() => this.destroy(error))
  }
}
