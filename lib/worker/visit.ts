import type { MessagePort } from 'node:worker_threads'
import { toFault } from '../wire/fault.js'
import { Flag, readFlag, releaseFlag } from '../wire/flag.js'
import type { Answer, Failure, Open } from '../wire/messages.js'

/** A visit as the worker sees it: what came, and where its answer goes. */
export class WorkerVisit {
  /** Whether the right route has been found. */
  isReached = false
  /** Its time limit in ms, for the error that the signal aborts with. */
  timeout = 0
  /** Whether the answer has been taken from Fastify; what it does to the response after that is its usual tidying up. */
  isCaptured = false
  /** The handler called `reply.callNotFound()`: the loop answers. */
  isNotFound = false
  /** `request.signal`, once somebody has asked for it. */
  signal: AbortSignal | undefined
  #isOver = false
  readonly #port: MessagePort

  constructor (readonly open: Open, readonly flags: Int32Array, port: MessagePort) {
    this.#port = port
  }

  /** Why the visit should stop. Once it is over the cell belongs to another one. */
  get flag (): Flag {
    return this.#isOver ? Flag.none : readFlag(this.flags, this.open.slot)
  }

  answer (answer: Omit<Answer, 'slot'>): void {
    this.isCaptured = true
    const { payload } = answer
    // Bytes are moved, the rest is cloned.
    this.#settle(Object.assign(answer, { slot: this.open.slot }), payload instanceof Uint8Array ? [payload.buffer as ArrayBuffer] : [])
  }

  fail (error: unknown): void {
    this.#settle({ fault: toFault(error), slot: this.open.slot }, [])
  }

  #settle (message: Answer | Failure, transferList: ArrayBuffer[]): void {
    if (this.#isOver) return
    this.#isOver = true
    releaseFlag(this.flags, this.open.slot)
    this.#port.postMessage(message, transferList)
  }
}
