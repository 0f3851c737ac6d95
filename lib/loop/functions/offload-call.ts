import { AsyncResource } from 'node:async_hooks'
import { addSite, type CallSite } from '../../functions/call-site.js'
import { type Carriers, captureContexts, explainContexts } from '../../context/carriers.js'
import { Closing, VisitTimeout } from '../../errors.js'
import type { Admission } from '../../queue/admission.js'
import type { Called, Caller, Slot } from '../../executor.js'
import type { Candidate, Lane } from '../../queue/route-queue.js'
import { Flag } from '../../wire/shared-cells.js'
import type { Parcel } from '../../wire/values.js'
import { explainArguments, type Packed, packArguments, unpackOutcome } from '../../wire/arguments.js'
import type { Meter } from '../visit/meter.js'
import { explainLoss } from '../../thread-lost.js'

/** What all calls of one function share. */
export interface CalledFunction {
  name: string
  lane: Lane
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
export class OffloadedCall extends AsyncResource implements Candidate, Caller {
  readonly lane: Lane
  /** What the function gives. */
  readonly result: Promise<unknown>
  previous: Candidate | undefined
  next: Candidate | undefined
  waiting = false
  /** It may call functions of the loop. */
  readonly isOnePass = false
  readonly arrivedAt = performance.now()
  #enteredAt = 0
  #packed: Packed | undefined
  #context: Parcel | undefined
  #running: Called | undefined
  #timer: NodeJS.Timeout | undefined
  /** There is a result, whatever still runs. */
  #isOver = false
  /** In a visit, which has been admitted and is counted. */
  #isNested = false
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  readonly #admission: Admission
  readonly #function: CalledFunction
  readonly #signal: AbortSignal | undefined
  readonly #site: CallSite
  readonly #onAbort = (): void => this.#abort()

  constructor (admission: Admission, called: CalledFunction, signal: AbortSignal | undefined, site: CallSite) {
    super('fastify-blocking.call')
    this.lane = called.lane
    this.#admission = admission
    this.#function = called
    this.#signal = signal
    this.#site = site
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** `slot` is that of the visit in which it is called. */
  begin (args: unknown[], slot: Slot | undefined): void {
    if (this.#signal?.aborted === true) return this.#reject(this.#signal.reason)
    try {
      this.#packed = packArguments(args, this.lane.route)
      this.#context = captureContexts(this.#function.carriers)
    } catch (error) {
      return this.#fail(error)
    }
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (slot === undefined) this.#admission.request(this)
    else this.#enterVisit(slot)
  }

  get what (): string {
    return this.lane.route
  }

  get isTerminable (): boolean {
    return this.#function.isTerminable
  }

  enter (slot: Slot): void {
    this.#enteredAt = performance.now()
    this.#function.meter.entered(this.#enteredAt - this.arrivedAt)
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

  refuse (error: Error): void {
    this.#fail(Object.assign(error, { headers: { 'retry-after': String(this.#admission.retryAfter) } }))
  }

  returned (outcome: Parcel): void {
    this.#leave()
    if (this.#isOver) return
    if (!this.#isNested) this.#function.meter.completed++
    this.#end()
    const result = unpackOutcome(outcome)
    if ('thrown' in result) this.#reject(addSite(result.thrown, this.#site, this.lane.route))
    else this.#resolve(result.value)
  }

  lost (cause: unknown): void {
    const { route } = this.lane
    this.#leave()
    const error = this.#admission.isClosing ? new Closing(route) : explainLoss(route, cause)
    this.#fail(Object.assign(error, { cause }))
  }

  notBegun (): void {
    clearTimeout(this.#timer)
    this.#running = undefined
    if (this.#isOver) this.#leave()
    else this.#admission.readmit(this)
  }

  #enterVisit (slot: Slot): void {
    this.#isNested = true
    try {
      this.#send(slot)
    } catch (error) {
      this.#fail(error)
    }
  }

  #send (slot: Slot): void {
    const { name, timeout } = this.#function
    const { parcel, moved } = this.#packed!
    try {
      this.#running = slot.call({ call: name, args: parcel, context: this.#context }, moved, this)
    } catch (error) {
      throw explainContexts(this.#context) ?? explainArguments(error, this.#packed!, this.lane.route)
    }
    if (timeout > 0) this.#timer = setTimeout(() => this.#overrun(), timeout)
  }

  /** The caller has its error at once; the thread gets the grace period to notice. */
  #overrun (): void {
    this.#running!.flag(Flag.timeout)
    this.#running!.stop()
    this.#fail(new VisitTimeout(this.lane.route, this.#function.timeout))
  }

  /** Not stopped before its time: the thread may have another use for what it is at. */
  #abort (): void {
    if (this.waiting) this.#admission.withdraw(this)
    else this.#running?.flag(Flag.aborted)
    this.#count()
    this.#end()
    this.#reject(this.#signal!.reason)
  }

  #leave (): void {
    clearTimeout(this.#timer)
    this.#running = undefined
    if (this.#isNested) return
    const ran = performance.now() - this.#enteredAt
    this.#function.meter.left(ran)
    this.#admission.release(this.lane, ran)
  }

  #fail (error: unknown): void {
    if (this.#isOver) return
    this.#count()
    this.#end()
    this.#reject(addSite(error, this.#site, this.lane.route))
  }

  #count (): void {
    if (!this.#isNested) this.#function.meter.failed++
  }

  #end (): void {
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
