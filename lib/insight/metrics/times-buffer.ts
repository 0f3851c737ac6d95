import type { TimesObserver } from '../../stats-types.js'

/** Times after which the buffer is emptied, so that this takes some tenths of a ms. */
const size = 256

/**
 * Keeps times until metrics are collected, or the buffer is full: to record many at once takes much less than
 * as long as to record each in the midst of its request.
 */
class TimesBuffer {
  readonly #record: (seconds: number) => void
  /** Made with the first time: most routes of a large app are seldom called. */
  #seconds: Float64Array | undefined
  #count = 0

  constructor (record: (seconds: number) => void) {
    this.#record = record
  }

  add (milliseconds: number): void {
    this.#seconds ??= new Float64Array(size)
    this.#seconds[this.#count++] = milliseconds / 1_000
    if (this.#count === size) this.flush()
  }

  flush (): void {
    for (let index = 0; index < this.#count; index++) this.#record(this.#seconds![index]!)
    this.#count = 0
  }
}

/** The buffers of the routes of one registration. */
export class TimesBuffers {
  readonly #buffers: TimesBuffer[] = []

  /** Makes the observer of a route, of which times are recorded later. */
  observe (recordWait: (seconds: number) => void, recordRun: (seconds: number) => void): TimesObserver {
    const wait = new TimesBuffer(recordWait)
    const run = new TimesBuffer(recordRun)
    this.#buffers.push(wait, run)
    return {
      waited: (milliseconds) => wait.add(milliseconds),
      ran: (milliseconds) => run.add(milliseconds)
    }
  }

  flush (): void {
    for (const buffer of this.#buffers) buffer.flush()
  }
}
