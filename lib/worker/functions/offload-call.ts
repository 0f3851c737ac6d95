import { AsyncResource } from 'node:async_hooks'
import type { MessagePort } from 'node:worker_threads'
import { type Carriers, runInContexts } from '../../context/carriers.js'
import { WrongRoute } from '../../errors.js'
import type { OffloadedFunction } from '../../functions/declare.js'
import { isThenable } from '../../thenable.js'
import { Flag, markBegun, readFlag, releaseFlag } from '../../wire/shared-cells.js'
import type { Call, Returned } from '../../wire/call-messages.js'
import { explainOutcome, type Outcome, type Packed, packOutcome, packThrown, unpackArguments } from '../../wire/arguments.js'
import { type Current, runAs } from '../visit/current-task.js'
import { createSignal, type Flagged, reasonOf } from '../visit/abort-signal.js'

/** The calls that come to this worker. */
export class WorkerCalls {
  readonly #port: MessagePort
  readonly #functions: ReadonlyMap<string, OffloadedFunction>
  readonly #timeout: number
  readonly #carriers: Carriers
  /** Of the thread's slots. */
  readonly #flags: Int32Array
  /** By slot, those that are in no visit. */
  readonly #alone: (WorkerCall | undefined)[] = []
  #running = 0

  constructor (port: MessagePort, functions: ReadonlyMap<string, OffloadedFunction>, timeout: number, carriers: Carriers, flags: Int32Array) {
    this.#flags = flags
    this.#port = port
    this.#functions = functions
    this.#timeout = timeout
    this.#carriers = carriers
  }

  get isBusy (): boolean {
    return this.#running > 0
  }

  /** `visit` is the last that has had the slot. */
  receive (message: Call, visit: Current | undefined): void {
    const { call: name, slot, cells } = message
    const isNested = cells !== undefined
    const offloaded = this.#functions.get(name)
    const what = `offload ${name}`
    const outer = visit?.isOver === false ? visit : this.#alone[slot]
    const call = new WorkerCall(message, what, offloaded?.limits.timeout ?? this.#timeout, isNested ? [cells, 0] : [this.#flags, slot], isNested ? outer : undefined)
    if (!isNested) this.#alone[slot] = call
    const end = (outcome: Outcome): void => this.#end(call, outcome)
    this.#running++
    try {
      const result = call.runInAsyncScope(call.run, call, offloaded, this.#carriers)
      // A function that gives its result at once is not waited for.
      if (isThenable(result)) Promise.resolve(result).then((value) => end({ value }), (thrown: unknown) => end({ thrown }))
      else end({ value: result })
    } catch (thrown) {
      end({ thrown })
    }
  }

  #end (call: WorkerCall, outcome: Outcome): void {
    const { slot, call: id, what } = call
    this.#running--
    call.end()
    if (this.#alone[slot] === call) this.#alone[slot] = undefined
    const packed = pack(outcome, what)
    try {
      this.#post({ slot, returned: id, outcome: packed.parcel }, packed)
    } catch (error) {
      const failed = packThrown(explainOutcome(error, packed, what), what)
      this.#post({ slot, returned: id, outcome: failed.parcel }, failed)
    }
  }

  #post (message: Returned, { moved }: Packed): void {
    this.#port.postMessage(message, moved)
  }
}

/** An outcome that cannot cross is an error too. */
function pack (outcome: Outcome, what: string): Packed {
  try {
    return packOutcome(outcome, what)
  } catch (error) {
    return packThrown(error, what)
  }
}

/** With an async context of its own, as a visit has. */
class WorkerCall extends AsyncResource implements Current {
  readonly slot: number
  readonly call: number
  isOver = false
  readonly what: string
  readonly timeout: number
  readonly cells: Flagged['cells']
  readonly #message: Call
  readonly #own: Flagged['cells'][number]
  readonly #outer: Current | undefined
  #signal: AbortSignal | undefined
  /** What it has called and left running is still to hear of it. */
  #flagAtEnd = Flag.none

  constructor (message: Call, what: string, timeout: number, own: Flagged['cells'][number], outer: Current | undefined) {
    super('fastify-blocking.call')
    this.slot = message.slot
    this.call = message.id
    this.what = what
    this.timeout = timeout
    this.cells = [own, ...outer?.cells ?? []]
    this.#own = own
    this.#message = message
    this.#outer = outer
  }

  get flag (): Flag {
    if (this.isOver) return this.#flagAtEnd
    return readFlag(...this.#own) || (this.#outer?.flag ?? Flag.none)
  }

  get signal (): AbortSignal {
    this.#signal ??= createSignal(this)
    return this.#signal
  }

  run (offloaded: OffloadedFunction | undefined, carriers: Carriers): unknown {
    markBegun(...this.#own)
    if (offloaded === undefined) throw new WrongRoute(this.what, 'none of its functions')
    // It has waited for the thread, and nobody wants it any more.
    if (this.flag !== Flag.none) throw reasonOf(this.flag, this)
    const { args, context } = this.#message
    let result: unknown
    runAs(this, () => runInContexts(carriers, context, undefined, () => { result = offloaded.run(...unpackArguments(args)) }))
    return result
  }

  end (): void {
    this.#flagAtEnd = this.flag
    this.isOver = true
    releaseFlag(...this.#own)
  }
}
