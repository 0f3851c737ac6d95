import { toFault } from '../wire/fault.js'
import { PartStream } from '../wire/part-stream.js'
import type { WorkerVisit } from './visit.js'

/** A body that the loop sends when it is asked for it. */
export class VisitBody extends PartStream {
  receivedEncodedLength?: number
  readonly visit: WorkerVisit

  constructor (visit: WorkerVisit) {
    super(0)
    this.visit = visit
  }

  protected askFor (credit: number): void {
    this.visit.flow({ credit })
  }

  protected cancel (error: Error | null): void {
    this.visit.flow({ credit: 0, isCancelled: true, ...(error && { fault: toFault(error) }) })
  }

  override _destroy (error: Error | null, callback: (error: Error | null) => void): void {
    // As of a socket's request: where nobody listens, an error is nobody's, and does not end the thread.
    super._destroy(error, (out) => callback(this.listenerCount('error') === 0 ? null : out))
  }
}
