import { captureContexts, type Carriers, explainContexts } from '../../context/carriers.js'
import { Closing, VisitTimeout } from '../../errors.js'
import type { Lost, Session } from '../../executor.js'
import { addSite, type CallSite } from '../../functions/call-site.js'
import type { Admission } from '../../queue/admission.js'
import type { QueuedTask } from '../../queue/route-queue.js'
import { createThreadLostError } from '../../request-errors.js'
import type { Outcome } from '../../stats-types.js'
import { AbortReason } from '../../wire/abort-reason.js'
import {
  decodeOutcome, encodeArguments, type Encoded, toArgumentsError, type Transferable
} from '../../wire/arguments.js'
import type { CallResult, OpenCall } from '../../wire/call-messages.js'
import type { CanSend } from '../../wire/cloneable.js'
import type { FromWorker } from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'
import { type TaskGroup, TimedTask } from '../visit/timed-task.js'

/** State that all calls of one function share. */
export interface CalledFunction extends TaskGroup {
  name: string
  carriers: Carriers
}

/**
 * One call of an offloaded function: through the queue, or nested in the session that the caller has in a
 * worker. If the function calls the loop, that call runs in the async context of the caller.
 */
export class OffloadedCall extends TimedTask implements QueuedTask {
  /** The outcome of the function. */
  readonly result: Promise<unknown>
  /** Never prefetched, since the function may call the loop. */
  readonly isPrefetchable = false
  #encoded: Encoded | undefined
  #context: EncodedValues | undefined
  #session: Session | undefined
  /** Whether the promise has settled. The function may still be running. */
  #isOver = false
  /** Whether the call is nested in a session: the outer session has been admitted, and is counted. */
  #isNested = false
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  readonly #offloaded: CalledFunction
  readonly #signal: AbortSignal | undefined
  readonly #site: CallSite
  readonly #onAbort = (): void => this.#abort()

  constructor (
    admission: Admission, offloaded: CalledFunction, signal: AbortSignal | undefined, site: CallSite
  ) {
    super('fastify-blocking.call', admission, offloaded)
    this.#offloaded = offloaded
    this.#signal = signal
    this.#site = site
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** `outer` is the session in which the function is called; undefined for none. */
  call (args: unknown[], outer: Session | undefined): void {
    this.#isNested = outer !== undefined
    if (this.#signal?.aborted === true) {
      this.#count('clientGone')
      return this.#reject(this.#signal.reason)
    }
    try {
      this.#encoded = encodeArguments(args, this.queue.route)
      this.#context = captureContexts(this.#offloaded.carriers)
    } catch (error) {
      return this.#fail(error)
    }
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (outer === undefined) this.admission.enqueue(this)
    else this.#nest(outer)
  }

  #nest (outer: Session): void {
    try {
      this.opened(outer.nest(this))
    } catch (error) {
      this.#fail(error)
    }
  }

  get transferList (): readonly Transferable[] {
    return this.#encoded!.transferList
  }

  open (): OpenCall {
    const opening: OpenCall = { type: 'call', name: this.#offloaded.name, args: this.#encoded!.values }
    if (this.#context !== undefined) opening.context = this.#context
    return opening
  }

  repair (error: unknown, canSend: CanSend): never {
    throw explainContexts(this.#context, canSend) ??
      toArgumentsError(error, this.#encoded!, this.queue.route, canSend)
  }

  started (): void {
    this.startRun()
  }

  opened (session: Session): void {
    const { timeout } = this.#offloaded
    this.#session = session
    if (timeout > 0) this.setLimit(timeout, () => this.#overrun())
  }

  failed (error: unknown): void {
    this.#leave()
    this.#fail(error)
  }

  reject (error: Error): void {
    const headers = { 'retry-after': String(this.admission.retryAfter) }
    this.#fail(Object.assign(error, { headers }), 'refused')
  }

  message (): void {}

  ended (message: FromWorker, ran?: number): void {
    this.ranElsewhere = ran
    this.#leave()
    if (this.#isOver) return
    try {
      this.#settle(decodeOutcome((message as CallResult).outcome))
    } catch (error) {
      // The message of another machine makes no sense.
      this.#fail(error)
    }
  }

  #settle (result: ReturnType<typeof decodeOutcome>): void {
    this.#count('completed')
    this.#finish()
    if ('thrown' in result) this.#reject(addSite(result.thrown, this.#site, this.queue.route))
    else this.#resolve(result.value)
  }

  lost ({ isStarted, cause }: Lost): void {
    if (!isStarted && !this.#isOver) return this.#requeue()
    const { route } = this.queue
    this.#leave()
    this.#fail(this.admission.isClosing
      ? Object.assign(new Closing(route), { cause })
      : createThreadLostError(route, cause))
  }

  /** Queues the call again: the worker has ended before the call started. */
  #requeue (): void {
    this.resetRun()
    this.#session = undefined
    this.admission.requeue(this)
  }

  /** Rejects at once when the time limit is over. The thread has the grace period to end the call. */
  #overrun (): void {
    this.#session!.terminate(AbortReason.timeout)
    this.#fail(new VisitTimeout(this.queue.route, this.#offloaded.timeout), 'timedOut')
  }

  /**
   * Rejects at once, and aborts the signal of the function. The function may go on: the thread is not ended,
   * since the rest of its work may be of use there.
   */
  #abort (): void {
    if (this.waiting) this.admission.cancel(this)
    else this.#session?.abort(AbortReason.aborted)
    this.#count('clientGone')
    this.#finish()
    this.#reject(this.#signal!.reason)
  }

  #leave (): void {
    this.#session = undefined
    if (this.#isNested) this.clearLimit()
    else this.endRun()
  }

  #fail (error: unknown, outcome: Outcome = 'failed'): void {
    if (this.#isOver) return
    this.#count(outcome)
    this.#finish()
    this.#reject(addSite(error, this.#site, this.queue.route))
  }

  #count (outcome: Outcome): void {
    if (!this.#isNested) this.#offloaded.meter[outcome]++
  }

  #finish (): void {
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
