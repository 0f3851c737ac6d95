import type { MessagePort } from 'node:worker_threads'
import { createFlags, type Flag, hasBegun, raiseFlag } from '../wire/flag.js'
import type { Call } from '../wire/calls.js'
import type { Transferable } from '../wire/values.js'
import type { Caller } from './executor.js'

interface Pending {
  slot: number
  cells: Int32Array
  isNested: boolean
  caller: Caller
}

/** The calls that one thread has not returned yet, alone in their slot or in a visit. */
export class ThreadCalls {
  readonly #pending = new Map<number, Pending>()
  /** By slot, how many have it. */
  readonly #counts = new Map<number, number>()
  #last = 0

  /** Gives the number of the call. Throws if it cannot be cloned. */
  send (port: MessagePort, call: Omit<Call, 'id' | 'cells'>, moved: readonly Transferable[], caller: Caller): number {
    const id = ++this.#last
    const { slot, isNested } = call
    const cells = createFlags(1)
    port.postMessage({ ...call, id, cells } satisfies Call, moved)
    this.#pending.set(id, { slot, cells, isNested, caller })
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1)
    return id
  }

  /** Whether any of them has that slot. */
  holds (slot: number): boolean {
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

  flag (id: number, flag: Flag): void {
    const pending = this.#pending.get(id)
    if (pending !== undefined) raiseFlag(pending.cells, 0, flag)
  }

  flagAll (flag: Flag): void {
    for (const id of this.#pending.keys()) this.flag(id, flag)
  }

  /** The thread is gone. Those that were in a visit are lost with it, begun or not. Gives what is still to be done about each, and its slot. */
  drop (error: unknown): [slot: number, tell: () => void][] {
    const dropped = [...this.#pending.values()]
    this.#pending.clear()
    this.#counts.clear()
    return dropped.map(({ slot, cells, isNested, caller }) => [slot, () => {
      if (isNested || hasBegun(cells, 0)) caller.lost(error)
      else caller.notBegun()
    }])
  }
}
