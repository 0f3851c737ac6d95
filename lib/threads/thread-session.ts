import type { AsyncScope, Lost, Session, Task } from '../executor.js'
import { AbortReason } from '../wire/abort-reason.js'
import type { FromWorker, ToWorker } from '../wire/messages.js'

/** The thread and its pool, as a session knows them. */
export interface SessionOwner {
  /** ms */
  readonly grace: number
  /** A session is over its time: where there is room, the successor of its thread boots meanwhile. */
  startReplacement (): void
  /** The session has ended. */
  settled (): void
  /** The session has not ended within the grace period: the thread ends. */
  stop (): void
}

/** The channel, as a session knows it; see thread-channel.ts. */
export interface SessionChannel {
  send (session: number, message: ToWorker, transfer?: readonly ArrayBuffer[]): void
  nest (outer: number, call: Task): Session
  abort (session: ThreadSession, reason: AbortReason, isForced: boolean): boolean
  complete (session: ThreadSession): AbortReason
  withdraw (session: ThreadSession): boolean
  recycle (buffer: ArrayBuffer): void
}

/** One session of a thread: it has a slot of its own, or runs nested in one that has. */
export class ThreadSession implements Session {
  isGivenUp = false
  isStarted = false
  #task: Task | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #channel: SessionChannel
  readonly #owner: SessionOwner

  /** `cells` and `index`: where its cells are, see wire/shared-cells.ts. */
  constructor (
    readonly id: number, readonly slot: number, readonly cells: Int32Array, readonly index: number,
    task: Task, channel: SessionChannel, owner: SessionOwner
  ) {
    this.#task = task
    this.#channel = channel
    this.#owner = owner
  }

  get isNested (): boolean {
    return this.id !== this.slot
  }

  get isOpen (): boolean {
    return this.#task !== undefined
  }

  /** Who waits for the end of the session. */
  get scope (): AsyncScope | undefined {
    return this.#task
  }

  send (message: ToWorker, transfer?: readonly ArrayBuffer[]): void {
    if (this.isOpen) this.#channel.send(this.id, message, transfer)
  }

  nest (call: Task): Session {
    return this.#channel.nest(this.slot, call)
  }

  abort (reason: AbortReason): boolean {
    return !this.isOpen || this.#channel.abort(this, reason, false)
  }

  terminate (reason: AbortReason): void {
    if (!this.isOpen) return
    this.#channel.abort(this, reason, true)
    this.#owner.startReplacement()
    this.#timer ??= setTimeout(() => this.#owner.stop(), this.#owner.grace)
  }

  complete (): AbortReason {
    return this.isOpen ? this.#channel.complete(this) : AbortReason.none
  }

  withdraw (): boolean {
    return this.isOpen && this.#channel.withdraw(this)
  }

  recycle (buffer: ArrayBuffer): void {
    this.#channel.recycle(buffer)
  }

  /*
   * Called by the channel.
   */

  started (): void {
    this.isStarted = true
    this.#task?.started()
  }

  receive (message: FromWorker): void {
    this.#task?.message(message)
  }

  end (message: FromWorker): void {
    this.#settle()?.ended(message)
  }

  lose (lost: Lost): void {
    this.#settle()?.lost(lost)
  }

  giveUp (cause: unknown): void {
    this.isGivenUp = true
    this.lose({ isStarted: true, cause })
  }

  #settle (): Task | undefined {
    const task = this.#task
    if (task === undefined) return undefined
    this.#task = undefined
    clearTimeout(this.#timer)
    this.#owner.settled()
    return task
  }
}
