import { CreditStream } from '../../wire/credit-stream.js'
import { serializeError } from '../../wire/error.js'
import type { WorkerVisit } from './visit.js'

/** A body that the loop sends by credit, or has sent as a whole with the request. */
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

  /**
   * Delivers the body as if the loop had sent it, and the end a turn later: a parser of a truncated form
   * behaves differently if the end comes with the data.
   */
  #serve (body: Uint8Array): void {
    this.#isServed = true
    process.nextTick(() => this.receive(body))
    setImmediate(() => { if (!this.hasEnd) this.end() })
  }

  protected cancel (error: Error | null): void {
    this.visit.grantCredit({ bytes: 0, isCancelled: true, ...(error && { error: serializeError(error) }) })
  }

  override _destroy (error: Error | null, callback: (error: Error | null) => void): void {
    // An IncomingMessage drops an error without a listener too: the error must not end the thread.
    super._destroy(error, (out) => callback(this.listenerCount('error') === 0 ? null : out))
  }
}
