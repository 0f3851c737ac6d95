import type { BootReport } from './wire/worker-data.js'
import type { LoopCall, Call, LoopCallResult } from './wire/call-messages.js'
import type { Announcement, Answer, End, Flow, Left, LogLine, Open, Over, Part, Return, Turn } from './wire/messages.js'
import type { SerializedError } from './wire/error.js'
import type { AbortReason } from './wire/shared-cells.js'
import type { EncodedValues } from './wire/values.js'
import type { Transferable } from './wire/arguments.js'

/** How many visits may wait at one thread for the one that runs there. */
export const maxPrefetch = 7

/** What carries visits. Nothing outside the executor knows that there are threads. */
export interface Executor {
  /** Resolves with what each worker reported once the least number of them has built the app; rejects if one could not. */
  start (): Promise<BootReport[]>
  /** A free slot, which the caller now holds until its visit has settled; undefined if there is none. Others may be sent after it, or not. */
  take (isFollowed: boolean): Slot | undefined
  /** A slot with a thread that will soon be free, where fewer than so many others wait for that. */
  takeAhead (most: number): Slot | undefined
  /** Says how many requests wait for a slot, so that the executor may grow. */
  want (waiting: number): void
  /** Calls back when slots have become free that no visitor has given back. */
  onFree (callback: () => void): void
  /** Calls back with what workers log outside of any visit. Before `start`. */
  onLine (callback: (line: LogLine) => void): void
  /** Calls back when a worker wants a function called here. */
  onAsk (callback: (asked: IncomingLoopCall) => void): void
  /** Tells every worker, and those to come. */
  announce (announcement: Announcement): void
  counts (): WorkerCounts
  /** Visits that may run at once with every thread there. */
  readonly capacity: number
  /**
   * Lets what runs finish, closes the apps, has the threads end. What takes longer than `grace` is told by its flag; what takes
   * as long again is given up. Resolves within 4 times `grace`, or twice that and 5 s if it is longer, whatever threads do.
   */
  close (): Promise<void>
}

/** What the executor does not know of a call. */
export type OwnCall = Pick<Call, 'call' | 'args'> & { context: Call['context'] | undefined }

/** One visit's place in a worker. */
export interface Slot {
  /**
   * Sends the request. The slot is free again when the visitor is called back. If it cannot be cloned, `mend` is
   * called and it is sent once more.
   */
  visit (open: Omit<Open, 'slot'>, visitor: Visitor, mend: () => void): void
  /** Gives the worker its turn back, or tells it that the response is over. Throws if the message cannot be cloned. */
  resume (back: Omit<Return | Over, 'slot'>): void
  /**
   * Has a function called: in the visit that has the slot, or else alone, and then the slot is free when the caller is
   * called back. Throws if it cannot be cloned.
   */
  call (call: OwnCall, transferList: readonly Transferable[], caller: Caller): RunningCall
  /** Whether the visit or the call that it was taken for still has it. */
  readonly isHeld: boolean
  /** Whether the visit or the call was over its time, and is lost although the worker still has it. */
  readonly isGivenUp: boolean
  /** Whether the visitor is called when its visit has come to its turn. */
  readonly isAhead: boolean
  /** Asks for more of a streamed answer, or for no more of it. */
  flow (flow: Omit<Flow, 'slot'>): void
  /** Sends more of a body, or its end. */
  send (piece: Omit<Part, 'slot'> | Omit<End, 'slot'>): void
  /** Memory of an answer that has left, for the worker to use again. It is moved. */
  reuse (memory: ArrayBuffer): void
  /** Gives the slot back without a visit. */
  cede (): void
  /**
   * Raises `request.signal` in the worker. False if the visit has begun to end without an error, and its answer is still to come:
   * unless it is forced, that decides.
   */
  flag (flag: AbortReason, isForced?: boolean): boolean
  /** The visit ends without an error, as the loop says: flags do not decide any more. Gives the one that has. */
  complete (): AbortReason
  /** Gives the visit up, and ends the worker, unless it has settled within the grace period. */
  stop (): void
  /** Takes a visit back that has not come to its turn; false if it has. Else the visitor has been told so. */
  recall (): boolean
}

/**
 * Whoever awaits a visit: called back once, with its answer or why there is none; before that, with the loop's turns. A
 * streamed answer is begun, goes on in parts, and ends. With work in the background the visit goes on after that until
 * it is done.
 */
export interface Visitor extends AsyncScope {
  /** What it was sent after is over. */
  started (): void
  /** The worker logs. */
  logged (line: LogLine): void
  /** The visit goes on when the slot is resumed. */
  called (turn: Turn): void
  /** The visit has ended, and the loop answers. */
  left (message: Left): void
  answered (answer: Answer): void
  /** The answer has begun; the visit goes on. */
  begun (answer: Answer): void
  received (parts: Uint8Array[]): void
  /** The worker wants more of the body, or no more of it. */
  asked (flow: Flow): void
  ended (fault: SerializedError | undefined, hasBackground: boolean): void
  /** What was to be done after the response is. */
  done (): void
  /** The worker has an error of this package in place of an answer; those of the app are answers. */
  failed (error: Error): void
  /** The worker is gone, or is to leave without having ended it. */
  lost (error: unknown): void
  /** The worker ended before it had begun, or has been busy for too long: nothing has been done. */
  returned (): void
}

/** Whoever awaits a call: called back once. */
export interface Caller extends AsyncScope {
  returned (outcome: EncodedValues): void
  /** The worker is gone, or is to leave without having ended it. */
  lost (error: unknown): void
  /** The worker ended before it had begun, and nothing has been done; of a call in a visit it is lost. */
  notBegun (): void
}

/** On whose behalf a worker runs something, and asks. */
export interface AsyncScope {
  /** The route or the function, for the log. */
  readonly label: string
  /** Whether the worker may be terminated for it when it is over time. */
  readonly isTerminable: boolean
  /** Calls it in the async context of the request, or of the call. */
  runInAsyncScope<Result> (run: () => Result): Result
}

/** A call that runs. */
export interface RunningCall {
  /** Raises its signal in the worker. */
  flag (flag: AbortReason): void
  /** Gives the call up, and ends the worker, unless it has ended within the grace period. */
  stop (): void
}

/** A worker's question. */
export interface IncomingLoopCall {
  readonly call: LoopCall
  /** Where the visit or the call that asks has its place; undefined if none does. */
  readonly slot: Slot | undefined
  /** The visit or the call; undefined if none asks, or it is over. */
  readonly scope: AsyncScope | undefined
  /** Throws if it cannot be cloned. */
  respond (outcome: LoopCallResult['outcome'], transferList: readonly Transferable[]): void
}

/** Threads by what they do; `live` includes the busy ones. `retired` ones leave once what they still have to do is done. */
export interface WorkerCounts {
  starting: number
  live: number
  busy: number
  retired: number
  exiting: number
  /** Terminated so far because a visit would not end. */
  killed: number
  /** Replaced so far, as option recycle says. */
  recycled: number
}
