import { AsyncResource } from 'node:async_hooks'
import type { MessagePort } from 'node:worker_threads'
import { type Carriers, runInContexts } from '../../context/carriers.js'
import { WrongRoute } from '../../errors.js'
import type { OffloadedFunction } from '../../functions/declare.js'
import { isThenable } from '../../promises.js'
import { AbortReason, markStarted, readAbortReason, wakeWaiters } from '../../wire/shared-cells.js'
import type { Call, CallResult } from '../../wire/call-messages.js'
import { toOutcomeError, type Outcome, type Encoded, encodeOutcome, encodeThrown, decodeArguments } from '../../wire/arguments.js'
import { type Task, runAsTask } from '../visit/current-task.js'
import { createAbortSignal, type Abortable, toAbortError } from '../visit/abort-signal.js'

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
  receive (message: Call, visit: Task | undefined): void {
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
    const { slot, callId: id, label } = call
    this.#running--
    call.end()
    if (this.#alone[slot] === call) this.#alone[slot] = undefined
    const packed = encodeOrThrow(outcome, label)
    try {
      this.#post({ slot, returned: id, outcome: packed.values }, packed)
    } catch (error) {
      const failed = encodeThrown(toOutcomeError(error, packed, label), label)
      this.#post({ slot, returned: id, outcome: failed.values }, failed)
    }
  }

  #post (message: CallResult, { transferList }: Encoded): void {
    this.#port.postMessage(message, transferList)
  }
}

/** An outcome that cannot cross is an error too. */
function encodeOrThrow (outcome: Outcome, what: string): Encoded {
  try {
    return encodeOutcome(outcome, what)
  } catch (error) {
    return encodeThrown(error, what)
  }
}

/** With an async context of its own, as a visit has. */
class WorkerCall extends AsyncResource implements Task {
  readonly slot: number
  readonly callId: number
  isOver = false
  readonly label: string
  readonly timeout: number
  readonly cells: Abortable['cells']
  readonly #message: Call
  readonly #own: Abortable['cells'][number]
  readonly #outer: Task | undefined
  #signal: AbortSignal | undefined
  /** What it has called and left running is still to hear of it. */
  #abortReasonAtEnd = AbortReason.none

  constructor (message: Call, label: string, timeout: number, own: Abortable['cells'][number], outer: Task | undefined) {
    super('fastify-blocking.call')
    this.slot = message.slot
    this.callId = message.id
    this.label = label
    this.timeout = timeout
    this.cells = [own, ...outer?.cells ?? []]
    this.#own = own
    this.#message = message
    this.#outer = outer
  }

  get abortReason (): AbortReason {
    if (this.isOver) return this.#abortReasonAtEnd
    return readAbortReason(...this.#own) || (this.#outer?.abortReason ?? AbortReason.none)
  }

  get signal (): AbortSignal {
    this.#signal ??= createAbortSignal(this)
    return this.#signal
  }

  run (offloaded: OffloadedFunction | undefined, carriers: Carriers): unknown {
    markStarted(...this.#own)
    if (offloaded === undefined) throw new WrongRoute(this.label, 'none of its functions')
    // It has waited for the thread, and nobody wants it any more.
    if (this.abortReason !== AbortReason.none) throw toAbortError(this.abortReason, this)
    const { args, context } = this.#message
    let result: unknown
    runAsTask(this, () => runInContexts(carriers, context, undefined, () => { result = offloaded.run(...decodeArguments(args)) }))
    return result
  }

  end (): void {
    this.#abortReasonAtEnd = this.abortReason
    this.isOver = true
    wakeWaiters(...this.#own)
  }
}
