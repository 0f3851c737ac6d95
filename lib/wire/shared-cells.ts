import { AbortReason, isTerminal } from './abort-reason.js'

/*
 * Three 32-bit cells of shared memory for each session of a thread; `index` is the number of the session's
 * slot. A nested session has cells of its own, with index 0.
 * Abort cell: the loop writes why the session should stop. The worker can read the cell even in a synchronous
 * loop, in which no message would arrive.
 * Start cell: either the worker writes that the session has started, which the loop can read even when the
 * thread is gone, or the loop writes that it has withdrawn the session. The first of the two wins.
 * Decision cell: either a side writes that the visit ends without an error, or the loop writes an abort
 * reason. The first of the two wins, and decides whether the request's generators commit.
 */

enum StartState { sent, started, withdrawn }

/** Value of the decision cell for a visit that ends without an error. */
const completing = -1

const cellsPerSession = 3

export function createCells (sessions: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(cellsPerSession * sessions * Int32Array.BYTES_PER_ELEMENT))
}

/**
 * Sets the abort reason. Returns false if the visit already ends without an error: the worker then sees the
 * reason, but its answer is still to come. With `isForced` that answer does not count either. A terminal
 * reason is never overwritten.
 */
export function setAbortReason (
  cells: Int32Array, index: number, reason: AbortReason, isForced = false
): boolean {
  const cell = decisionCellOf(cells, index)
  const isDecided = Atomics.compareExchange(cells, cell, AbortReason.none, reason) !== completing
  if (isForced && !isDecided) Atomics.store(cells, cell, reason)
  if (!hasTerminalReason(cells, index)) Atomics.store(cells, index, reason)
  Atomics.notify(cells, index)
  return isDecided || isForced
}

/** Decides that the visit ends without an error. Returns false if an abort reason came first. */
export function markCompleting (cells: Int32Array, index: number): boolean {
  const before = Atomics.compareExchange(cells, decisionCellOf(cells, index), AbortReason.none, completing)
  return before === AbortReason.none || before === completing
}

/** Returns the abort reason that came before the visit could end without an error; `none` if none did. */
export function readDecision (cells: Int32Array, index: number): AbortReason {
  const decision = Atomics.load(cells, decisionCellOf(cells, index))
  return decision === completing ? AbortReason.none : decision
}

/** Resets the cells before a session: they have the values of the slot's previous session. */
export function resetCells (cells: Int32Array, index: number): void {
  Atomics.store(cells, index, AbortReason.none)
  Atomics.store(cells, startCellOf(cells, index), StartState.sent)
  Atomics.store(cells, decisionCellOf(cells, index), AbortReason.none)
}

/** Returns false if the session has been withdrawn. */
export function markStarted (cells: Int32Array, index: number): boolean {
  return Atomics.compareExchange(
    cells, startCellOf(cells, index), StartState.sent, StartState.started
  ) === StartState.sent
}

/** Returns false if the session has started. */
export function markWithdrawn (cells: Int32Array, index: number): boolean {
  return Atomics.compareExchange(
    cells, startCellOf(cells, index), StartState.sent, StartState.withdrawn
  ) === StartState.sent
}

export function hasStarted (cells: Int32Array, index: number): boolean {
  return Atomics.load(cells, startCellOf(cells, index)) === StartState.started
}

export function readAbortReason (cells: Int32Array, index: number): AbortReason {
  return Atomics.load(cells, index)
}

export function hasTerminalReason (cells: Int32Array, index: number): boolean {
  return isTerminal(readAbortReason(cells, index))
}

/** Resolves when the session is aborted, or has ended, see wakeWaiters(). */
export async function waitForAbort (cells: Int32Array, index: number): Promise<void> {
  await Atomics.waitAsync(cells, index, AbortReason.none).value
}

/** Resolves waitForAbort() of a session that has ended. */
export function wakeWaiters (cells: Int32Array, index: number): void {
  Atomics.notify(cells, index)
}

function startCellOf (cells: Int32Array, index: number): number {
  return cells.length / cellsPerSession + index
}

function decisionCellOf (cells: Int32Array, index: number): number {
  return cells.length / cellsPerSession * 2 + index
}
