import type { Answer, Flow, Left, Open, Report, Return, Turn } from '../wire/messages.js'
import type { Fault } from '../wire/fault.js'
import type { Flag } from '../wire/flag.js'

/** What carries visits. Nothing outside the executor knows that there are threads. */
export interface Executor {
  /** Resolves with what each worker reported once the least number of them has built the app; rejects if one could not. */
  start (): Promise<Report[]>
  /** A free slot, which the caller now holds until its visit has settled; undefined if there is none. */
  take (): Slot | undefined
  /** Says how many requests wait for a slot, so that the executor may grow. */
  want (waiting: number): void
  /** Calls back when slots have become free that no visitor has given back. */
  onFree (callback: () => void): void
  counts (): WorkerCounts
  /** Visits that may run at once with every thread there. */
  readonly capacity: number
  /**
   * Lets what runs finish, closes the apps, ends the threads. What takes longer than `grace` is told by its flag; what
   * takes as long again is terminated.
   */
  close (): Promise<void>
}

/** One visit's place in a worker. */
export interface Slot {
  /**
   * Sends the request. The slot is free again when the visitor is called back. If it cannot be cloned, `mend` is
   * called and it is sent once more.
   */
  visit (open: Omit<Open, 'slot'>, visitor: Visitor, mend: () => void): void
  /** Gives the worker its turn back. Throws if the message cannot be cloned. */
  resume (back: Omit<Return, 'slot'>): void
  /** Asks for more of a streamed answer, or for no more of it. */
  flow (flow: Omit<Flow, 'slot'>): void
  /** Gives the slot back without a visit. */
  cede (): void
  /** Raises `request.signal` in the worker. */
  flag (flag: Flag): void
  /** Terminates the worker unless the visit has settled within the grace period. */
  stop (): void
}

/**
 * Whoever awaits a visit: called back once, with its answer or why there is none; before that, with the loop's turns. A
 * streamed answer is begun, goes on in parts, and ends.
 */
export interface Visitor {
  /** The visit goes on when the slot is resumed. */
  called (turn: Turn): void
  /** The visit has ended, and the loop answers. */
  left (message: Left): void
  answered (answer: Answer): void
  /** The answer has begun; the visit goes on. */
  begun (answer: Answer): void
  received (part: Uint8Array): void
  ended (fault: Fault | undefined): void
  /** The worker has an error of this package in place of an answer; those of the app are answers. */
  failed (error: Error): void
  /** The worker is gone. */
  lost (error: unknown): void
  /** The worker ended before it had begun: nothing has been done. */
  returned (): void
}

/** Threads by what they do; `live` includes the busy ones. */
export interface WorkerCounts {
  starting: number
  live: number
  busy: number
  exiting: number
  /** Terminated so far because a visit would not end. */
  killed: number
}
