import type { IncomingCall, Session, Task } from '../executor.js'
import { AbortReason } from '../wire/abort-reason.js'
import { isSerializable } from '../wire/byte-encoding.js'
import type { LoopCallResult } from '../wire/call-messages.js'
import { deserializeError } from '../wire/error.js'
import { isLast, type ToWorker } from '../wire/messages.js'
import type { HostFrame, ServerFrame } from './protocol.js'
import type { SessionLink } from './session-link.js'

/** The host of a session, as the session knows it. */
export interface SessionHost {
  nest (outer: NatsSession, task: Task): Session
  called (call: IncomingCall): void
  /** Responds to a call whose session is over. */
  respond (session: number, call: number, outcome: LoopCallResult['outcome']): void
  /** Returns the cause with which sessions on a host that is gone are lost. */
  createGone (why: string): Error
  /** The host has not begun the session. */
  wasBusy (): void
  /** The session is over; `isLost`: without a last message. */
  ended (session: NatsSession, isLost: boolean): void
}

/** The server's end of a session on a worker host. Decides whether the visit ends without an error. */
export class NatsSession implements Session {
  isGivenUp = false
  /** As far as the server knows: the host may say that it has not. */
  readonly isStarted = true
  readonly canSend = isSerializable
  /** ms after its opening from which on a host does not begin the session. */
  validFor = 0
  #task: Task | undefined
  #decision = AbortReason.none
  #isCompleting = false
  readonly #host: SessionHost

  constructor (
    readonly id: number, readonly outer: NatsSession | undefined, task: Task, host: SessionHost,
    readonly link: SessionLink<ServerFrame, HostFrame>
  ) {
    this.#task = task
    this.#host = host
  }

  get isOpen (): boolean {
    return this.#task !== undefined
  }

  get task (): Task | undefined {
    return this.#task
  }

  send (message: ToWorker): void {
    if (this.isOpen) this.link.send({ type: 'message', message })
  }

  nest (call: Task): Session {
    return this.#host.nest(this, call)
  }

  abort (reason: AbortReason): boolean {
    if (!this.isOpen) return true
    this.link.send({ type: 'abort', reason, isCompleting: this.#isCompleting }, true)
    if (this.#isCompleting) return false
    this.#decision ||= reason
    return true
  }

  terminate (reason: AbortReason): void {
    if (!this.isOpen) return
    this.#isCompleting = false
    this.#decision ||= reason
    this.link.send({ type: 'terminate', reason }, true)
  }

  complete (): AbortReason {
    if (this.isOpen && this.#decision === AbortReason.none) this.#isCompleting = true
    return this.isOpen ? this.#decision : AbortReason.none
  }

  withdraw (): boolean {
    return false
  }

  recycle (): void {}

  /** Throws ProtocolError, or as the task does for a message that makes no sense. */
  receive (bytes: Uint8Array): void {
    const frame = this.link.receive(bytes)
    const task = this.#task
    if (frame === undefined || task === undefined) return
    switch (frame.type) {
      case 'message':
        // Only the last message may end a task.
        if (isLast(frame.message)) throw new TypeError('a last message came before the end')
        return task.message(frame.message)
      case 'ended':
        if (!isLast(frame.message)) throw new TypeError('the end is no last message')
        this.#settle(false)
        return task.ended(frame.message, frame.ran)
      case 'busy':
        this.#host.wasBusy()
        return this.lose(false, undefined)
      case 'lost':
        if (!frame.isStarted) this.#host.wasBusy()
        this.isGivenUp = frame.isGivenUp
        return this.lose(frame.isStarted, frame.isLeaving
          ? this.#host.createGone('it has left')
          : frame.cause && deserializeError(frame.cause))
      case 'completing':
        return this.link.send({ type: 'decision', reason: this.complete() }, true)
      case 'call':
        return this.#host.called({
          call: frame.call,
          isSync: frame.isSync,
          session: this,
          scope: task,
          respond: (outcome) => {
            if (this.isOpen) this.link.send({ type: 'called', call: frame.number, outcome })
            else this.#host.respond(this.id, frame.number, outcome)
          }
        })
      case 'part':
      case 'partCredit': // the link's own
    }
  }

  lose (isStarted: boolean, cause: unknown): void {
    const task = this.#task
    if (task === undefined) return
    this.#settle(true)
    task.lost({ isStarted: isStarted || this.outer !== undefined, cause })
  }

  #settle (isLost: boolean): void {
    this.#host.ended(this, isLost)
    this.#task = undefined
  }
}
