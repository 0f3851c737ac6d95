import { AsyncResource } from 'node:async_hooks'
import { addSite, type CallSite } from '../../functions/call-site.js'
import { type Carriers, captureContexts, explainContexts } from '../../context/carriers.js'
import { Closing, VisitTimeout } from '../../errors.js'
import type { Admission } from '../../queue/admission.js'
import type { RunningCall, Caller, Slot } from '../../executor.js'
import type { QueuedTask, RouteQueue } from '../../queue/route-queue.js'
import { AbortReason } from '../../wire/shared-cells.js'
import type { EncodedValues } from '../../wire/values.js'
import { toArgumentsError, type Encoded, encodeArguments, decodeOutcome } from '../../wire/arguments.js'
import type { Meter } from '../visit/meter.js'
import { createThreadLostError } from '../../request-errors.js'

/** What all calls of one function share. */
export interface CalledFunction {
  name: string
  queue: RouteQueue
  meter: Meter
  /** ms; 0 for no limit. */
  timeout: number
  /** Whether the thread may be terminated after that. */
  isTerminable: boolean
  carriers: Carriers
}

/**
 * One call's way through the queue and a worker, or through the visit that its request holds. What the worker asks for meanwhile is done in
 * the async context in which it was called.
 */
export class OffloadedCall extends AsyncResource implements QueuedTask, Caller {
  readonly queue: RouteQueue
  /** What the function gives. */
  readonly result: Promise<unknown>
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting = false
  /** It may call functions of the loop. */
  readonly isPrefetchable = false
  readonly arrivedAt = performance.now()
  #startedAt = 0
  #encoded: Encoded | undefined
  #context: EncodedValues | undefined
  #running: RunningCall | undefined
  #timer: NodeJS.Timeout | undefined
  /** There is a result, whatever still runs. */
  #isOver = false
  /** In a visit, which has been admitted and is counted. */
  #isNested = false
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  readonly #admission: Admission
  readonly #offloaded: CalledFunction
  readonly #signal: AbortSignal | undefined
  readonly #site: CallSite
  readonly #onAbort = (): void => this.#abort()

  constructor (admission: Admission, called: CalledFunction, signal: AbortSignal | undefined, site: CallSite) {
    super('fastify-blocking.call')
    this.queue = called.queue
    this.#admission = admission
    this.#offloaded = called
    this.#signal = signal
    this.#site = site
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** `slot` is that of the visit in which it is called. */
  call (args: unknown[], slot: Slot | undefined): void {
    if (this.#signal?.aborted === true) return this.#reject(this.#signal.reason)
    try {
      this.#encoded = encodeArguments(args, this.queue.route)
      this.#context = captureContexts(this.#offloaded.carriers)
    } catch (error) {
      return this.#fail(error)
    }
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (slot === undefined) this.#admission.request(this)
    else this.#startNested(slot)
  }

  get label (): string {
    return this.queue.route
  }

  get isTerminable (): boolean {
    return this.#offloaded.isTerminable
  }

  startOn (slot: Slot): void {
    this.#startedAt = performance.now()
    this.#offloaded.meter.recordWait(this.#startedAt - this.arrivedAt)
    try {
      this.#send(slot)
    } catch (error) {
      slot.cede()
      // Not at once: whoever empties the queue would be called from within.
      queueMicrotask(() => {
        this.#leave()
        this.#fail(error)
      })
    }
  }

  reject (error: Error): void {
    this.#fail(Object.assign(error, { headers: { 'retry-after': String(this.#admission.retryAfter) } }))
  }

  returned (outcome: EncodedValues): void {
    this.#leave()
    if (this.#isOver) return
    if (!this.#isNested) this.#offloaded.meter.completed++
    this.#finish()
    const result = decodeOutcome(outcome)
    if ('thrown' in result) this.#reject(addSite(result.thrown, this.#site, this.queue.route))
    else this.#resolve(result.value)
  }

  lost (cause: unknown): void {
    const { route } = this.queue
    this.#leave()
    const error = this.#admission.isClosing ? new Closing(route) : createThreadLostError(route, cause)
    this.#fail(Object.assign(error, { cause }))
  }

  notBegun (): void {
    clearTimeout(this.#timer)
    this.#running = undefined
    if (this.#isOver) this.#leave()
    else this.#admission.requeue(this)
  }

  #startNested (slot: Slot): void {
    this.#isNested = true
    try {
      this.#send(slot)
    } catch (error) {
      this.#fail(error)
    }
  }

  #send (slot: Slot): void {
    const { name, timeout } = this.#offloaded
    const { values, transferList } = this.#encoded!
    try {
      this.#running = slot.call({ call: name, args: values, context: this.#context }, transferList, this)
    } catch (error) {
      throw explainContexts(this.#context) ?? toArgumentsError(error, this.#encoded!, this.queue.route)
    }
    if (timeout > 0) this.#timer = setTimeout(() => this.#overrun(), timeout)
  }

  /** The caller has its error at once; the thread gets the grace period to notice. */
  #overrun (): void {
    this.#running!.flag(AbortReason.timeout)
    this.#running!.stop()
    this.#fail(new VisitTimeout(this.queue.route, this.#offloaded.timeout))
  }

  /** Not stopped before its time: the thread may have another use for what it is at. */
  #abort (): void {
    if (this.waiting) this.#admission.cancel(this)
    else this.#running?.flag(AbortReason.aborted)
    this.#count()
    this.#finish()
    this.#reject(this.#signal!.reason)
  }

  #leave (): void {
    clearTimeout(this.#timer)
    this.#running = undefined
    if (this.#isNested) return
    const ran = performance.now() - this.#startedAt
    this.#offloaded.meter.recordRun(ran)
    this.#admission.release(this.queue, ran)
  }

  #fail (error: unknown): void {
    if (this.#isOver) return
    this.#count()
    this.#finish()
    this.#reject(addSite(error, this.#site, this.queue.route))
  }

  #count (): void {
    if (!this.#isNested) this.#offloaded.meter.failed++
  }

  #finish (): void {
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
