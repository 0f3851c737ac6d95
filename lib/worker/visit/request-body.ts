import { serializeError } from '../../wire/error.js'
import { CreditStream } from '../../wire/credit-stream.js'
import type { WorkerVisit } from './visit.js'

/** A body that the loop sends when it is asked for it, or has sent with the request. */
export class RequestBody extends CreditStream {
  receivedEncodedLength?: number
  #isServed = false
  readonly visit: WorkerVisit

  constructor (visit: WorkerVisit) {
    super(0)
    this.visit = visit
  }

  protected requestCredit (bytes: number): void {
    const { inlineBody } = this.visit.open
    if (inlineBody === undefined) this.visit.grantCredit({ bytes })
    else if (!this.#isServed) this.#serve(inlineBody)
  }

  /** As if it came from the loop, the end a turn later: who parses a form that is cut off tells one from the other. */
  #serve (body: Uint8Array): void {
    this.#isServed = true
    process.nextTick(() => this.receive(body))
    setImmediate(() => { if (!this.hasEnd) this.end() })
  }

  protected cancel (error: Error | null): void {
    this.visit.grantCredit({ bytes: 0, isCancelled: true, ...(error && { error: serializeError(error) }) })
  }

  override _destroy (error: Error | null, callback: (error: Error | null) => void): void {
    // As of a socket's request: where nobody listens, an error is nobody's, and does not end the thread.
    super._destroy(error, (out) => callback(this.listenerCount('error') === 0 ? null : out))
  }
}
