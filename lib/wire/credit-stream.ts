import { Readable } from 'node:stream'
import { asBuffer } from './bytes.js'
import { batchSize, streamWindow } from './streams.js'

/**
 * A stream of which the other side sends parts. What is passed on is asked for again, so that no more than a window's
 * worth is held here however slowly it is read.
 */
export abstract class CreditStream extends Readable {
  #parts: Uint8Array[] | undefined
  #isReadPending = false
  /** Bytes that have been passed on, or that nobody has asked for yet, in all less than a window. */
  #creditDue: number
  /** Set once nothing more comes: with what it broke of, if it did. */
  #end: { error?: Error } | undefined

  /** `window`: bytes that the other side sends without being asked. */
  constructor (window: number) {
    // One part at a time: several would be joined for who reads all there is.
    super({ highWaterMark: batchSize / 4 })
    this.#creditDue = streamWindow - window
  }

  /** Wants so many bytes more. */
  protected abstract requestCredit (bytes: number): void
  /** Wants no more. */
  protected abstract cancel (error: Error | null): void

  /** Whether all of it, or its error, has come. */
  get hasEnd (): boolean {
    return this.#end !== undefined
  }

  /** Whether all of it has come, and no error. */
  get isComplete (): boolean {
    return this.#end === completed
  }

  receive (part: Uint8Array): void {
    // A Readable that is given nothing asks no more.
    if (part.length === 0) return;
    (this.#parts ??= []).push(part)
    if (this.#isReadPending) this.#pushNext()
  }

  /** After all that has been received comes the end, or the error. */
  end (error?: Error): void {
    this.#end = error === undefined ? completed : { error }
    if (this.#isReadPending) this.#pushNext()
  }

  /** What has been received no longer counts. */
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
    // Not at once: the last part is just being read.
    else process.nextTick(() => this.destroy(error))
  }
}

const completed = {}
