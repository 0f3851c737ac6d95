import type { MessagePort } from 'node:worker_threads'
import type { LoopCall, LoopCallResult } from './call-messages.js'
import type { SerializedError } from './error.js'
import type { LoggerCall } from './log-messages.js'
import type { Announcement, FromWorker, Opening, ToWorker } from './messages.js'
import type { WorkerData } from './worker-data.js'

/*
 * The envelopes in which messages travel between the loop and one thread, and messages about the thread
 * itself. An envelope has the parts that only threads know: ids of sessions, cells of shared memory, buffers
 * to be filled again, and a port.
 */

/** The `workerData` of a thread. */
export interface ThreadData extends WorkerData {
  /** Shared cells of each slot of the thread, see shared-cells.ts. */
  sessionCells: Int32Array
  /** Shared cells of the thread as a whole, see ThreadCell. */
  threadCells: Int32Array
}

/** The only task that Piscina gives to a thread. Every other message travels on the port. */
export interface BootTask { port: MessagePort }

/** A task's result or error: the error of a rejection would lose its class and properties. */
export type TaskResult<Result> = { result: Result } | { error: SerializedError }

/** Messages that the loop posts to a thread. */
export type ToThread =
  SessionEnvelope<Opening | ToWorker> | Announcement | LoopCallResult | Retire | Leave | Decided

/** Messages that a thread posts to the loop. */
export type FromThread =
  SessionEnvelope<FromWorker> | Withdrawn | Expired | LoopCallEnvelope | LogEnvelope | ThreadNotice |
  Completing

/**
 * A message of a session. A tuple, since its names would be cloned with every message. The id of a session
 * that has a slot of its own is the number of the slot.
 */
export type SessionEnvelope<Message> = [
  session: number,
  message: Message,
  /** A first message that was sent before an earlier session has ended: it waits until that one has. */
  isPrefetched?: boolean | undefined,
  /** Buffers of answers that have left, transferred for the worker to fill again. */
  recycled?: ArrayBuffer[] | undefined,
  /** Set with the first message of a session without a slot of its own. */
  nested?: Nested | undefined
]

/** The cells of a session, and the session in whose slot it runs. */
export interface Nested {
  cells: Int32Array
  outer: number
}

/** Tells that the worker has come to a session that the loop had withdrawn. */
export interface Withdrawn {
  withdrawn: number
}

/** Tells that the worker has come too late to a session, and has not begun it. */
export interface Expired {
  expired: number
}

/** Asks whether the visit may end without an error, where the loop on another machine decides. */
export interface Completing {
  completing: number
}

/** Responds to Completing: the decision cell has what was decided. */
export interface Decided {
  decided: number
}

/** A call to the loop, with the session that makes the call; undefined for none. */
export interface LoopCallEnvelope {
  call: LoopCall | LoggerCall
  session: number | undefined
  /** Whether the thread is blocked until the result comes, and receives no other message meanwhile. */
  isSync: boolean
  /** Sent with the first call that blocks the thread. */
  channel?: SyncChannel
}

/** A line that belongs to no session. */
export interface LogEnvelope {
  line: Extract<FromWorker, { type: 'log' }>
}

/** The means by which the loop wakes a thread that is blocked in a call. */
export interface SyncChannel {
  port: MessagePort
  /** One cell, incremented whenever the thread has a reason to look at its port and its abort reason. */
  wakeCounter: Int32Array
}

/**
 * The thread writes `hasAddon` and `canLeave`, see worker/start.cts, and `lacksApp`: the module is a script
 * whose import has ended, and which has called neither ready() nor listen(). The loop writes `isRetired`.
 * `heapUsed` has kB, all others 0 or 1.
 */
export enum ThreadCell { hasAddon, canLeave, isRetired, lacksApp, heapUsed }

export function createThreadCells (): Int32Array {
  return new Int32Array(new SharedArrayBuffer(5 * Int32Array.BYTES_PER_ELEMENT))
}

export function setThreadCell (cells: Int32Array, cell: ThreadCell, isSet = true): void {
  Atomics.store(cells, cell, Number(isSet))
}

export function isThreadCellSet (cells: Int32Array, cell: ThreadCell): boolean {
  return Atomics.load(cells, cell) === 1
}

/** Tells how many bytes of the thread's heap are in use. */
export function writeHeapUsed (cells: Int32Array, bytes: number): void {
  Atomics.store(cells, ThreadCell.heapUsed, Math.ceil(bytes / 1_024))
}

/** Returns bytes; 0 until the thread has told. */
export function readHeapUsed (cells: Int32Array): number {
  return Atomics.load(cells, ThreadCell.heapUsed) * 1_024
}

/**
 * Tests whether the event loop of the thread turns: the thread then responds with a notice. Also tells it to
 * give up sessions.
 */
export interface Retire {
  /** Number of the test. */
  retire: number
  /** Ids of sessions that the loop gives up. */
  lost: readonly number[]
}

/** Tells the thread to close its app and to exit by itself. */
export interface Leave {
  /** Time in ms for running sessions to end, and the same time again for the app to close. */
  leave: number
  /** Whether the thread waits for running sessions without a time limit. */
  isPatient: boolean
}

/** A message of a thread about itself. */
export type ThreadNotice =
  /** The heap of the thread exceeds the limit of option recycle. */
  | { thread: 'heapFull' }
  /** The event loop of the thread has come to the test of this number. */
  | { thread: 'turns', retire: number }
  /** The app has been closed, or close() has failed with the error. */
  | { thread: 'closed', error?: SerializedError }
  /**
   * These resources, by their names in Node, keep the event loop alive. Node shows none of an addon. `isCut`
   * tells whether the thread exits despite them.
   */
  | { thread: 'kept', resources: string[], isCut: boolean }
