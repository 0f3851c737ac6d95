import type { LoggerCall } from './log-messages.js'
import type { Announcement, FromWorker, Opening, ToWorker } from './messages.js'
import type { LoopCall, LoopCallResult } from './call-messages.js'
import type { MessagePort } from 'node:worker_threads'
import type { SerializedError } from './error.js'

/*
 * The envelopes in which messages travel between the loop and one thread, and messages about the thread itself. An
 * envelope is threads' own: ids of sessions, cells of shared memory, buffers to be filled again, and a port.
 */

/** What the loop posts to a thread. */
export type ToThread = OpenEnvelope | SessionEnvelope<ToWorker> | Announcement | LoopCallResult | Retire | Leave

/** What a thread posts to the loop. */
export type FromThread = SessionEnvelope<FromWorker> | Withdrawn | LoopCallEnvelope | LogEnvelope | ThreadNotice

/** A message of a session. The id of a session that has a slot of its own is the number of the slot. */
export interface SessionEnvelope<Message> {
  session: number
  message: Message
  /** Buffers of answers that have been sent, for the worker to fill again. They are transferred. */
  recycled?: ArrayBuffer[]
}

/** The first message of a session. */
export interface OpenEnvelope {
  session: number
  open: Opening
  recycled?: ArrayBuffer[]
  /** The session was sent before an earlier one has ended, and starts when that has. */
  isPrefetched?: true
  /** Only of a session without a slot of its own: its cells, and the session with the slot in which it runs. */
  nested?: { cells: Int32Array, outer: number }
}

/** The worker has come to a session that the loop had withdrawn. */
export interface Withdrawn {
  withdrawn: number
}

/** A call to the loop, with the session that makes it; undefined for none. */
export interface LoopCallEnvelope {
  call: LoopCall | LoggerCall
  session: number | undefined
  /** Whether the thread waits for the result, and receives nothing else meanwhile. */
  isSync: boolean
  /** With the first call for whose result the thread waits. */
  channel?: SyncChannel
}

/** A line that belongs to no session. */
export interface LogEnvelope {
  line: Extract<FromWorker, { type: 'log' }>
}

/** How the loop wakes a thread that waits for the result of a call. */
export interface SyncChannel {
  port: MessagePort
  /** One cell. It is counted up whenever the thread has a reason to look. */
  wakeCounter: Int32Array
}

/** `hasAddon` and `canLeave` are the thread's to write, see worker/start.cts; `isRetired` is the loop's. */
export enum ThreadCell { hasAddon, canLeave, isRetired }

export function createThreadCells (): Int32Array {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
}

export function setThreadCell (cells: Int32Array, cell: ThreadCell): void {
  Atomics.store(cells, cell, 1)
}

export function isThreadCellSet (cells: Int32Array, cell: ThreadCell): boolean {
  return Atomics.load(cells, cell) === 1
}

/** Asks whether the event loop of the thread turns, which then answers, and has it give up these sessions. */
export interface Retire {
  /** Number of the question. */
  retire: number
  /** Slots whose visits the loop has given up. */
  lost: readonly number[]
}

/** Has the thread close its app and exit by itself. */
export interface Leave {
  /** ms that what still runs may take, and as long again the app to close. */
  leave: number
  /** Whether the thread waits for what still runs however long that takes. */
  isPatient: boolean
}

/** A message of a thread about itself. */
export type ThreadNotice =
  /** Its heap is above the limit of option recycle. */
  | { thread: 'heapFull' }
  /** Its event loop has come to the question of this number. */
  | { thread: 'turns', retire: number }
  /** Its app has been closed, or could not be. */
  | { thread: 'closed', error?: SerializedError }
  /** Its event loop is kept by these resources, as Node names them; none is an addon's. `isCut`: it exits all the same. */
  | { thread: 'kept', resources: string[], isCut: boolean }
