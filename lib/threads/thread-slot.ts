import type { Fault } from '../wire/error.js'
import { Flag } from '../wire/shared-cells.js'
import type { Answer, End, Flow, Left, LogLine, Open, Over, Part, Return, Turn } from '../wire/messages.js'
import type { Transferable } from '../wire/arguments.js'
import type { Called, Caller, OwnCall, Slot, Visitor } from '../executor.js'
import type { Thread } from './thread.js'
import type { ThreadTraffic } from './thread-channel.js'
import { ThreadCall } from './thread-call.js'
import type { SlotOwner } from './slot-owner.js'

/** One place of a thread, while one visit or one call has it. */
export class ThreadSlot implements Slot, Visitor {
  #visitor: Visitor | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #owner: SlotOwner
  readonly #thread: Thread
  readonly #traffic: ThreadTraffic
  readonly #slot: number
  readonly #generation: number
  readonly #grace: number

  constructor (owner: SlotOwner, thread: Thread, slot: number, grace: number, readonly isAhead = false) {
    this.#generation = thread.traffic.generationOf(slot)
    this.#owner = owner
    this.#thread = thread
    this.#traffic = thread.traffic
    this.#slot = slot
    this.#grace = grace
  }

  visit (open: Omit<Open, 'slot'>, visitor: Visitor, mend: () => void): void {
    const message = Object.assign(open, { slot: this.#slot })
    try {
      this.#traffic.visit(message, this)
    } catch {
      mend()
      this.#traffic.visit(message, this)
    }
    this.#visitor = visitor
  }

  resume (back: Omit<Return | Over, 'slot'>): void {
    if (this.#visitor !== undefined) this.#traffic.resume(Object.assign(back, { slot: this.#slot }))
  }

  flow (flow: Omit<Flow, 'slot'>): void {
    if (this.#visitor !== undefined) this.#traffic.flow(Object.assign(flow, { slot: this.#slot }))
  }

  send (piece: Omit<Part, 'slot'> | Omit<End, 'slot'>): void {
    if (this.#visitor !== undefined) this.#traffic.send(Object.assign(piece, { slot: this.#slot }))
  }

  call (call: OwnCall, moved: readonly Transferable[], caller: Caller): Called {
    return new ThreadCall(this.#owner, this.#thread, this.#grace, caller).send(this.#slot, call, moved)
  }

  get isHeld (): boolean {
    return this.#traffic.generationOf(this.#slot) === this.#generation && !this.isGivenUp
  }

  get isGivenUp (): boolean {
    return this.#traffic.isGivenUp(this.#slot, this.#generation)
  }

  reuse (memory: ArrayBuffer): void {
    this.#traffic.reuse(memory)
  }

  cede (): void {
    this.#traffic.release(this.#slot)
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

  ended (fault: Fault | undefined, hasBackground: boolean): void {
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

  get what (): string {
    return this.#visitor?.what ?? ''
  }

  get isTerminable (): boolean {
    return this.#visitor?.isTerminable ?? true
  }

  runInAsyncScope<Result> (run: () => Result): Result {
    return this.#visitor === undefined ? run() : this.#visitor.runInAsyncScope(run)
  }

  flag (flag: Flag, isForced?: boolean): boolean {
    return this.#visitor === undefined || this.#traffic.flag(this.#slot, flag, isForced)
  }

  complete (): Flag {
    return this.#visitor === undefined ? Flag.none : this.#traffic.complete(this.#slot)
  }

  recall (): boolean {
    return this.#visitor !== undefined && this.#traffic.recall(this.#slot)
  }

  stop (): void {
    if (this.#visitor === undefined) return
    this.#owner.anticipate()
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
