import type { AbortReason } from '../wire/shared-cells.js'
import type { EncodedValues } from '../wire/values.js'
import type { Transferable } from '../wire/arguments.js'
import type { RunningCall, Caller, OwnCall } from '../executor.js'
import type { Thread } from './thread.js'
import type { SlotOwner } from './slot-owner.js'

/** One call that a thread has been sent. */
export class ThreadCall implements RunningCall, Caller {
  #id: number | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #owner: SlotOwner
  readonly #thread: Thread
  readonly #grace: number
  readonly #caller: Caller

  constructor (owner: SlotOwner, thread: Thread, grace: number, caller: Caller) {
    this.#owner = owner
    this.#thread = thread
    this.#grace = grace
    this.#caller = caller
  }

  send (slot: number, call: OwnCall, transferList: readonly Transferable[]): this {
    this.#id = this.#thread.channel.call(slot, call, transferList, this)
    return this
  }

  flag (flag: AbortReason): void {
    if (this.#id !== undefined) this.#thread.channel.abortCall(this.#id, flag)
  }

  stop (): void {
    if (this.#id === undefined) return
    this.#owner.startReplacement()
    this.#timer ??= setTimeout(() => this.#thread.stop(), this.#grace)
  }

  returned (outcome: EncodedValues): void {
    this.#settle()
    this.#caller.returned(outcome)
  }

  lost (error: unknown): void {
    this.#settle()
    this.#caller.lost(error)
  }

  notBegun (): void {
    this.#settle()
    this.#caller.notBegun()
  }

  get label (): string {
    return this.#caller.label
  }

  get isTerminable (): boolean {
    return this.#caller.isTerminable
  }

  runInAsyncScope<Result> (run: () => Result): Result {
    return this.#caller.runInAsyncScope(run)
  }

  #settle (): void {
    this.#id = undefined
    clearTimeout(this.#timer)
    this.#owner.settled(this.#thread)
  }
}
