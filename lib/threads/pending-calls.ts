import type { MessagePort } from 'node:worker_threads'
import { resetCells, createSlotCells, type AbortReason, hasStarted, hasTerminalReason, setAbortReason } from '../wire/shared-cells.js'
import type { Call } from '../wire/call-messages.js'
import type { Transferable } from '../wire/arguments.js'
import type { Caller, OwnCall } from '../executor.js'

interface Pending {
  slot: number
  /** Its cells. */
  flags: Int32Array
  index: number
  isNested: boolean
  /** Undefined once it has been given up. */
  caller: Caller | undefined
}

/** The calls that one thread has not returned yet, alone in their slot or in a visit. */
export class PendingCalls {
  readonly #cells: Int32Array
  readonly #pending = new Map<number, Pending>()
  /** By slot, how many have it. */
  readonly #counts = new Map<number, number>()
  #last = 0

  /** `flags` are those of the thread's slots. */
  constructor (flags: Int32Array) {
    this.#cells = flags
  }

  /** Gives the number of the call. Throws if it cannot be cloned. */
  send (port: MessagePort, slot: number, { call, args, context }: OwnCall, isNested: boolean, transferList: readonly Transferable[], caller: Caller): number {
    const id = ++this.#last
    const [flags, index] = isNested ? [createSlotCells(1), 0] : [this.#cells, slot]
    const message: Call = { slot, call, id, args }
    if (context !== undefined) message.context = context
    if (isNested) message.cells = flags
    else resetCells(flags, index)
    port.postMessage(message, transferList)
    this.#pending.set(id, { slot, flags, index, isNested, caller })
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1)
    return id
  }

  /** Whether any of them has that slot. */
  hasSlot (slot: number): boolean {
    return (this.#counts.get(slot) ?? 0) > 0
  }

  callerOf (id: number): Caller | undefined {
    return this.#pending.get(id)?.caller
  }

  take (id: number): Pending {
    const pending = this.#pending.get(id)!
    this.#pending.delete(id)
    this.#counts.set(pending.slot, this.#counts.get(pending.slot)! - 1)
    return pending
  }

  abort (id: number, abort: AbortReason): void {
    const pending = this.#pending.get(id)
    if (pending !== undefined) setAbortReason(pending.flags, pending.index, abort)
  }

  get callers (): Caller[] {
    return [...this.#pending.values()].flatMap(({ caller }) => caller ?? [])
  }

  /** Those that have been told to stop, with functions that give them up. They keep their place. */
  get overdue (): { slot: number, isNested: boolean, what: string, giveUp: (error: unknown) => void }[] {
    return [...this.#pending.values()].filter(({ flags, index, caller }) => caller !== undefined && hasTerminalReason(flags, index)).map((pending) => ({
      slot: pending.slot,
      isNested: pending.isNested,
      what: pending.caller!.label,
      giveUp: (error) => {
        const { caller } = pending
        pending.caller = undefined
        caller?.lost(error)
      }
    }))
  }

  abortAll (abort: AbortReason): void {
    for (const id of this.#pending.keys()) this.abort(id, abort)
  }

  /** The thread is gone. Those that were in a visit are lost with it, begun or not. Gives what is still to be done about each, and its slot. */
  drop (error: unknown): [slot: number, tell: () => void][] {
    const dropped = [...this.#pending.values()]
    this.#pending.clear()
    this.#counts.clear()
    return dropped.map(({ slot, flags, index, isNested, caller }) => [slot, () => {
      if (isNested || hasStarted(flags, index)) caller?.lost(error)
      else caller?.notBegun()
    }])
  }
}
