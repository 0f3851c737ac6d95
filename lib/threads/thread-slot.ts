import type { SerializedError } from '../wire/error.js'
import { AbortReason } from '../wire/shared-cells.js'
import type { Answer, End, Flow, Left, LogLine, Open, Over, Part, Return, Turn } from '../wire/messages.js'
import type { Transferable } from '../wire/arguments.js'
import type { RunningCall, Caller, OwnCall, Slot, Visitor } from '../executor.js'
import type { Thread } from './thread.js'
import type { ThreadChannel } from './thread-channel.js'
import { ThreadCall } from './thread-call.js'
import type { SlotOwner } from './slot-owner.js'

/** One place of a thread, while one visit or one call has it. */
export class ThreadSlot implements Slot, Visitor {
  #visitor: Visitor | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #owner: SlotOwner
  readonly #thread: Thread
  readonly #channel: ThreadChannel
  readonly #slot: number
  readonly #generation: number
  readonly #grace: number

  constructor (owner: SlotOwner, thread: Thread, slot: number, grace: number, readonly isAhead = false) {
    this.#generation = thread.channel.generationOf(slot)
    this.#owner = owner
    this.#thread = thread
    this.#channel = thread.channel
    this.#slot = slot
    this.#grace = grace
  }

  visit (open: Omit<Open, 'slot'>, visitor: Visitor, mend: () => void): void {
    const message = Object.assign(open, { slot: this.#slot })
    try {
      this.#channel.visit(message, this)
    } catch {
      mend()
      this.#channel.visit(message, this)
    }
    this.#visitor = visitor
  }

  resume (back: Omit<Return | Over, 'slot'>): void {
    if (this.#visitor !== undefined) this.#channel.resume(Object.assign(back, { slot: this.#slot }))
  }

  flow (flow: Omit<Flow, 'slot'>): void {
    if (this.#visitor !== undefined) this.#channel.flow(Object.assign(flow, { slot: this.#slot }))
  }

  send (piece: Omit<Part, 'slot'> | Omit<End, 'slot'>): void {
    if (this.#visitor !== undefined) this.#channel.send(Object.assign(piece, { slot: this.#slot }))
  }

  call (call: OwnCall, transferList: readonly Transferable[], caller: Caller): RunningCall {
    return new ThreadCall(this.#owner, this.#thread, this.#grace, caller).send(this.#slot, call, transferList)
  }

  get isHeld (): boolean {
    return this.#channel.generationOf(this.#slot) === this.#generation && !this.isGivenUp
  }

  get isGivenUp (): boolean {
    return this.#channel.isGivenUp(this.#slot, this.#generation)
  }

  reuse (memory: ArrayBuffer): void {
    this.#channel.recycleBuffer(memory)
  }

  cede (): void {
    this.#channel.release(this.#slot)
  }

  started (): void {
    this.#visitor?.started()
  }

  logged (line: LogLine): void {
    this.#visitor?.logged(line)
  }

  called (turn: Turn): void {
    this.#visitor?.called(turn)
  }

  left (message: Left): void {
    const visitor = message.hasBackground === true ? this.#visitor : this.#settle()
    visitor?.left(message)
  }

  answered (answer: Answer): void {
    const visitor = answer.hasBackground === true ? this.#visitor : this.#settle()
    visitor?.answered(answer)
  }

  begun (answer: Answer): void {
    this.#visitor?.begun(answer)
  }

  received (parts: Uint8Array[]): void {
    this.#visitor?.received(parts)
  }

  asked (flow: Flow): void {
    this.#visitor?.asked(flow)
  }

  ended (fault: SerializedError | undefined, hasBackground: boolean): void {
    const visitor = hasBackground ? this.#visitor : this.#settle()
    visitor?.ended(fault, hasBackground)
  }

  done (): void {
    this.#settle()?.done()
  }

  failed (error: Error): void {
    this.#settle()?.failed(error)
  }

  lost (error: unknown): void {
    this.#settle()?.lost(error)
  }

  returned (): void {
    this.#settle()?.returned()
  }

  get label (): string {
    return this.#visitor?.label ?? ''
  }

  get isTerminable (): boolean {
    return this.#visitor?.isTerminable ?? true
  }

  runInAsyncScope<Result> (run: () => Result): Result {
    return this.#visitor === undefined ? run() : this.#visitor.runInAsyncScope(run)
  }

  flag (flag: AbortReason, isForced?: boolean): boolean {
    return this.#visitor === undefined || this.#channel.abort(this.#slot, flag, isForced)
  }

  complete (): AbortReason {
    return this.#visitor === undefined ? AbortReason.none : this.#channel.complete(this.#slot)
  }

  recall (): boolean {
    return this.#visitor !== undefined && this.#channel.withdraw(this.#slot)
  }

  stop (): void {
    if (this.#visitor === undefined) return
    this.#owner.startReplacement()
    this.#timer ??= setTimeout(() => this.#thread.stop(), this.#grace)
  }

  #settle (): Visitor | undefined {
    const visitor = this.#visitor
    this.#visitor = undefined
    clearTimeout(this.#timer)
    this.#owner.settled(this.#thread)
    return visitor
  }
}
