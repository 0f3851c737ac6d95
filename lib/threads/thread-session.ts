import type { AsyncScope, Lost, Run, Session, Task } from '../executor.js'
import { AbortReason } from '../wire/abort-reason.js'
import { isCloneable } from '../wire/cloneable.js'
import type { FromWorker, ToWorker } from '../wire/messages.js'
import {
  hasStarted, hasTerminalReason, markCompleting, markWithdrawn, readDecision, resetCells, setAbortReason
} from '../wire/shared-cells.js'

/** The thread, as a session knows it. */
export interface SessionOwner {
  /** ms */
  readonly grace: number
  /** A session has ended. */
  settled (): void
  /** A session has not ended within the grace period: the thread ends. */
  stop (): void
}

/** Events of a session, for the pool. */
export interface SessionEvents {
  /** A session is over its time: where there is room, the successor of its thread boots meanwhile. */
  startReplacement (): void
}

/** The channel, as a session knows it; see thread-channel.ts. */
export interface SessionChannel {
  readonly owner: SessionOwner
  readonly events: SessionEvents
  send (id: number, message: ToWorker, transfer?: readonly ArrayBuffer[]): void
  /** `slot`: that of the session in which the call runs. */
  nest (slot: number, call: Task): Session
  /** The session has an abort reason, which a thread that is blocked is to see. */
  aborted (id: number, reason: AbortReason): void
  withdraw (session: ThreadSession): boolean
  recycle (buffer: ArrayBuffer): void
}

/** One session of a thread: it has a slot of its own, or runs nested in one that has. */
export class ThreadSession implements Session {
  isGivenUp = false
  isStarted = false
  readonly canSend = isCloneable
  #task: Task | undefined
  #givenUpRun: Run | undefined
  #timer: NodeJS.Timeout | undefined
  /** When a nested session began; performance.now(). */
  readonly #nestedAt: number | undefined
  readonly #channel: SessionChannel

  /** `cells` and `index`: where its cells are, see wire/shared-cells.ts. */
  constructor (
    readonly id: number, readonly slot: number, readonly cells: Int32Array, readonly index: number,
    task: Task, channel: SessionChannel
  ) {
    this.#task = task
    this.#channel = channel
    resetCells(cells, index)
    if (this.isNested) this.#nestedAt = performance.now()
  }

  get isNested (): boolean {
    return this.id !== this.slot
  }

  get isOpen (): boolean {
    return this.#task !== undefined
  }

  /** Who waits for the end of the session; undefined once it has ended. */
  get scope (): AsyncScope | undefined {
    return this.#task
  }

  /** Undefined before it has started. */
  get run (): Run | undefined {
    if (this.#givenUpRun !== undefined) return this.#givenUpRun
    const task = this.#task
    const startedAt = this.#nestedAt ?? task?.startedAt
    return task && startedAt !== undefined ? { label: task.label, startedAt, log: task.log } : undefined
  }

  /** Whether the session has been aborted, and may not go on. */
  get mustEnd (): boolean {
    return hasTerminalReason(this.cells, this.index)
  }

  send (message: ToWorker, transfer?: readonly ArrayBuffer[]): void {
    if (this.isOpen) this.#channel.send(this.id, message, transfer)
  }

  nest (call: Task): Session {
    return this.#channel.nest(this.slot, call)
  }

  abort (reason: AbortReason): boolean {
    return !this.isOpen || this.#abort(reason, false)
  }

  terminate (reason: AbortReason): void {
    if (!this.isOpen) return
    const { owner, events } = this.#channel
    this.#abort(reason, true)
    events.startReplacement()
    this.#timer ??= setTimeout(() => owner.stop(), owner.grace)
  }

  #abort (reason: AbortReason, isForced: boolean): boolean {
    const isDecided = setAbortReason(this.cells, this.index, reason, isForced)
    this.#channel.aborted(this.id, reason)
    return isDecided
  }

  complete (): AbortReason {
    if (!this.isOpen || markCompleting(this.cells, this.index)) return AbortReason.none
    return readDecision(this.cells, this.index)
  }

  withdraw (): boolean {
    return this.isOpen && this.#channel.withdraw(this)
  }

  recycle (buffer: ArrayBuffer): void {
    this.#channel.recycle(buffer)
  }

  /** Ends the session as lost. It keeps its slot until the worker, which still has it, has ended it. */
  giveUp (cause: unknown): void {
    this.#givenUpRun = this.run
    this.isGivenUp = true
    this.#settle()?.lost({ isStarted: true, cause })
  }

  /*
   * Called by the channel.
   */

  started (): void {
    this.isStarted = true
    this.#task?.started()
  }

  async decide (): Promise<void> {
    await this.#task?.decide?.()
  }

  receive (message: FromWorker): void {
    this.#task?.message(message)
  }

  end (message: FromWorker): void {
    this.#settle()?.ended(message)
  }

  /** False if the worker has started the session. */
  markWithdrawn (): boolean {
    return markWithdrawn(this.cells, this.index)
  }

  withdrawn (): void {
    this.#settle()?.lost(withdrawn)
  }

  /** Whether the worker has started it, seen by the loop or not. A nested session counts as started. */
  get hasBegun (): boolean {
    return this.isNested || hasStarted(this.cells, this.index)
  }

  /** The thread is gone. */
  lose (cause: unknown): void {
    const isStarted = this.hasBegun
    this.#settle()?.lost({ isStarted, cause })
  }

  #settle (): Task | undefined {
    const task = this.#task
    if (task === undefined) return undefined
    this.#task = undefined
    clearTimeout(this.#timer)
    this.#channel.owner.settled()
    return task
  }
}

const withdrawn: Lost = { isStarted: false, cause: undefined }
