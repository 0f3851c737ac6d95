import type { SerializedError } from './error.js'

/*
 * How a thread is brought to its end, in messages on the port of its visits and in cells of shared memory that it has
 * for itself as a whole.
 */

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

/** Asks whether the event loop of the thread turns: it answers if so. Has it end what it has in these slots, as far as it can. */
export interface Retire {
  /** Which question of the thread. */
  retire: number
  /** Slots whose visits have been given up. */
  lost: readonly number[]
}

/** Has it close its app and leave by itself. */
export interface Leave {
  /** ms that what it still has may take, and as long again the app to close. */
  leave: number
  /** Whether it waits for what it still has, however long that takes. */
  isPatient: boolean
}

/** What a thread tells of itself, and not of a visit in it. */
export type ThreadNotice =
  /** Its heap is above the limit of option recycle. */
  | { thread: 'heapFull' }
  | { thread: 'turns', retire: number }
  /** Its app is closed, or could not be. */
  | { thread: 'closed', fault?: SerializedError }
  /** What keeps its event loop, as Node names it; nothing where that is an addon's. `isCut`: it is ended all the same. */
  | { thread: 'kept', resources: string[], isCut: boolean }
