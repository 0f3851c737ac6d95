import type { AbortReason } from '../wire/abort-reason.js'
import type { Transferable } from '../wire/arguments.js'
import type { BufferPool } from '../wire/buffer-pool.js'
import type { LoopCall, LoopCallResult, OpenCall } from '../wire/call-messages.js'
import type { LoggerCall } from '../wire/log-messages.js'
import type { Announcement, FromWorker, OpenVisit, ToWorker } from '../wire/messages.js'
import type { LogLine } from '../wire/log-messages.js'

/*
 * The worker's end of the seam that executor.ts is on the loop: sessions, and what belongs to none. Only the channel
 * knows a port or shared memory.
 */

/** The worker's end of one session. */
export interface WorkerSession {
  /** Whether the last message has been sent. After that nothing is. */
  readonly isOver: boolean
  /** Why the session should stop. Once it is over: why it should have, for what it has left running. */
  readonly abortReason: AbortReason
  /** The abort reason that came before the visit could end without an error. */
  readonly decision: AbortReason
  /** The visit ends without an error: from then on the loop waits for its answer. False if `decision` says otherwise. */
  complete (): boolean | Promise<boolean>
  /** Calls back when the session is aborted, or the one within which it runs; perhaps also when one of them is over. */
  watchAbort (callback: () => void): void
  /** Throws DataCloneError. */
  send (message: FromWorker, transfer?: readonly Transferable[]): void
}

/** Receives what the loop sends in a session. */
export interface SessionReceiver {
  receive (message: ToWorker): void
  /** The loop has given the session up: nothing that it asks is answered any more. */
  giveUp (): void
}

/** What a worker does with what comes. */
export interface WorkerHandlers {
  openVisit (open: OpenVisit, session: WorkerSession): SessionReceiver
  openCall (open: OpenCall, session: WorkerSession): SessionReceiver
  announced (announcement: Announcement): void
  /** The outcome of a call that was not waited for. */
  called (result: LoopCallResult): void
}

/** The worker's end of an executor. */
export interface WorkerChannel {
  /** Buffers of answers that have been sent, to be filled again. */
  readonly bufferPool: BufferPool
  /** Whether a session runs. */
  readonly isBusy: boolean
  /** Whether this worker is to leave, and given-up sessions are not answered. */
  readonly isRetired: boolean
  /** Once the app is built: what has come before follows at once. */
  serve (handlers: WorkerHandlers): void
  /** A line that belongs to no session. Throws DataCloneError. */
  log (line: LogLine): void
  /** Calls the loop on behalf of a session. Throws DataCloneError. */
  call (call: LoopCall | LoggerCall, session: WorkerSession | undefined, transferList: readonly Transferable[]): void
  /** As call(); the thread waits for the result, unless `findError` gives an error before, which is thrown. */
  callSync (
    call: LoopCall | LoggerCall, session: WorkerSession | undefined, transferList: readonly Transferable[],
    findError: () => unknown
  ): LoopCallResult
}
