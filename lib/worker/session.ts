import type { AbortReason } from '../wire/abort-reason.js'
import type { Transferable } from '../wire/arguments.js'
import type { BufferPool } from '../wire/buffer-pool.js'
import type { LoopCall, LoopCallResult, OpenCall } from '../wire/call-messages.js'
import type { LoggerCall, LogLine } from '../wire/log-messages.js'
import type { Announcement, Expiring, FromWorker, OpenVisit, ToWorker } from '../wire/messages.js'

/*
 * The worker's end of the seam whose other end is executor.ts: sessions, and messages that belong to none.
 * Only the channel knows a port or shared memory.
 */

/** The worker's end of one session. */
export interface WorkerSession {
  /** Whether the last message has been sent: send() then does nothing. */
  readonly isOver: boolean
  /**
   * Why the session should stop. Keeps its last value when the session is over, for code that still runs.
   */
  readonly abortReason: AbortReason
  /** The abort reason that came before the visit could end without an error. */
  readonly decision: AbortReason
  /**
   * Decides that the visit ends without an error: from then on the loop waits for its answer. False if an
   * abort reason came first, which is in `decision`.
   */
  complete (): boolean | Promise<boolean>
  /**
   * Calls back when the session, or the one in whose slot it runs nested, is aborted. May also call back when
   * one of the two is over.
   */
  watchAbort (callback: () => void): void
  /** Throws DataCloneError. */
  send (message: FromWorker, transfer?: readonly Transferable[]): void
}

/** Receives the loop's messages of a session. */
export interface SessionReceiver {
  receive (message: ToWorker): void
  /** The loop has given the session up, and responds to none of its messages any more. */
  giveUp (): void
}

/** Handlers of all that comes to a worker. */
export interface WorkerHandlers {
  openVisit (open: OpenVisit & Expiring, session: WorkerSession): SessionReceiver
  openCall (open: OpenCall, session: WorkerSession): SessionReceiver
  announced (announcement: Announcement): void
  /** The result of a call() has come. */
  called (result: LoopCallResult): void
}

/** The worker's end of an executor. */
export interface WorkerChannel {
  /** Buffers of answers that have left, to be filled again. */
  readonly bufferPool: BufferPool
  /** Whether a session is running. */
  readonly isBusy: boolean
  /** Whether this worker is to exit: the loop does not respond to given-up sessions any more. */
  readonly isRetired: boolean
  /** Called once the app is built. Passes messages that have come before to the handlers at once. */
  serve (handlers: WorkerHandlers): void
  /** Tells how many bytes of this worker's heap are in use. */
  noteHeapUsed (bytes: number): void
  /** Sends a line that belongs to no session. Throws DataCloneError. */
  log (line: LogLine): void
  /** Calls the loop on behalf of a session. Throws DataCloneError. */
  call (
    call: LoopCall | LoggerCall, session: WorkerSession | undefined, transferList: readonly Transferable[]
  ): void
  /**
   * Like call(), but blocks the thread until the result is there, and returns it. If `findError` returns an
   * error before, throws that. Throws WouldDeadlock if a thread of this executor cannot wait for a message.
   */
  callSync (
    call: LoopCall | LoggerCall, session: WorkerSession | undefined, transferList: readonly Transferable[],
    findError: () => unknown
  ): LoopCallResult
}
