import { Readable } from 'node:stream'
import { asBuffer } from './bytes.js'
import { batchSize, streamWindow } from './streams.js'

/**
 * A stream whose parts the other side sends, as far as it has credit (backpressure). Credit is granted for
 * bytes that have been passed on, so that at most a window of bytes is held here, however slow the reader is.
 */
export abstract class CreditStream extends Readable {
  #parts: Uint8Array[] | undefined
  #isReadPending = false
  /**
   * Credit due: bytes passed on since credit was last granted to the sender. Starts at the window less the
   * sender's initial credit.
   */
  #creditDue: number
  /** Set once no more parts come: with the error, if the stream has broken. */
  #end: { error?: Error } | undefined

  /** `window` is the initial credit of the sender, in bytes. */
  constructor (window: number) {
    // Buffers about one part at a time: read() without a size would join several parts by copying.
    super({ highWaterMark: batchSize / 4 })
    this.#creditDue = streamWindow - window
  }

  /** Grants the sender credit for so many bytes more. */
  protected abstract requestCredit (bytes: number): void
  /** Tells the sender to send no more. */
  protected abstract cancel (error: Error | null): void

  /** Whether the end of the stream, or its error, has come. */
  get hasEnd (): boolean {
    return this.#end !== undefined
  }

  /** Whether the end of the stream has come, without an error. */
  get isComplete (): boolean {
    return this.#end === completed
  }

  receive (part: Uint8Array): void {
    // A Readable calls no further _read() after an empty push().
    if (part.length === 0) return;
    (this.#parts ??= []).push(part)
    if (this.#isReadPending) this.#pushNext()
  }

  /** Ends the stream, or breaks it with the error, after the parts that have been received. */
  end (error?: Error): void {
    this.#end = error === undefined ? completed : { error }
    if (this.#isReadPending) this.#pushNext()
  }

  /** Breaks the stream at once: parts that have been received are dropped. */
  break (error: Error): void {
    this.#end = { error }
    this.destroy(error)
  }

  override _read (): void {
    this.#isReadPending = true
    this.#pushNext()
  }

  override _destroy (error: Error | null, callback: (error: Error | null) => void): void {
    this.#parts = undefined
    if (this.#end === undefined) this.cancel(error)
    callback(error)
  }

  #pushNext (): void {
    const part = this.#parts?.shift()
    if (part !== undefined) this.#creditDue += part.length
    if (this.#creditDue >= streamWindow / 2 && this.#end === undefined) {
      this.requestCredit(this.#creditDue)
      this.#creditDue = 0
    }
    if (part === undefined) return this.#finish()
    this.#isReadPending = false
    this.push(asBuffer(part))
  }

  #finish (): void {
    if (this.#end === undefined) return
    const { error } = this.#end
    if (error === undefined) this.push(null)
    // Not in this tick: the last part is just being read.
    else process.nextTick(() => this.destroy(error))
  }
}

const completed = {}
