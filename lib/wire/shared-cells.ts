import { AbortReason, isTerminal } from './abort-reason.js'

/*
 * Three 32-bit cells of shared memory for each session of a thread; `index` is the number of the session's slot.
 * Abort cell: the loop writes why the session should stop. The worker reads it even in a synchronous loop, in which no
 * message would arrive.
 * Start cell: either the worker writes that the session has started, which the loop can read when the thread is gone,
 * or the loop writes that it has withdrawn the session.
 * Decision cell: either a side writes that the visit ends without an error, or the loop writes why the visit must not.
 * The first of the two decides whether the request's generators commit.
 */

enum StartState { sent, started, withdrawn }

/** In the decision cell, beside the abort reasons. */
const completing = -1

const cellsPerSession = 3

export function createCells (sessions: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(cellsPerSession * sessions * Int32Array.BYTES_PER_ELEMENT))
}

/**
 * False if the visit ends without an error already: the worker sees the reason, and its answer is still to come.
 * `isForced`: the answer comes too late. The first reason for which a session must end stays.
 */
export function setAbortReason (cells: Int32Array, index: number, reason: AbortReason, isForced = false): boolean {
  const cell = decisionCellOf(cells, index)
  const isDecided = Atomics.compareExchange(cells, cell, AbortReason.none, reason) !== completing
  if (isForced && !isDecided) Atomics.store(cells, cell, reason)
  if (!hasTerminalReason(cells, index)) Atomics.store(cells, index, reason)
  Atomics.notify(cells, index)
  return isDecided || isForced
}

/** False if an abort reason came before. */
export function markCompleting (cells: Int32Array, index: number): boolean {
  const before = Atomics.compareExchange(cells, decisionCellOf(cells, index), AbortReason.none, completing)
  return before === AbortReason.none || before === completing
}

/** The abort reason that came before the visit could end without an error. */
export function readDecision (cells: Int32Array, index: number): AbortReason {
  const decision = Atomics.load(cells, decisionCellOf(cells, index))
  return decision === completing ? AbortReason.none : decision
}

/** Before a session, since the previous one of the slot has left its marks. */
export function resetCells (cells: Int32Array, index: number): void {
  Atomics.store(cells, index, AbortReason.none)
  Atomics.store(cells, startCellOf(cells, index), StartState.sent)
  Atomics.store(cells, decisionCellOf(cells, index), AbortReason.none)
}

/** False if the session has been withdrawn. */
export function markStarted (cells: Int32Array, index: number): boolean {
  return Atomics.compareExchange(cells, startCellOf(cells, index), StartState.sent, StartState.started) === StartState.sent
}

/** False if the session has started. */
export function markWithdrawn (cells: Int32Array, index: number): boolean {
  return Atomics.compareExchange(cells, startCellOf(cells, index), StartState.sent, StartState.withdrawn) === StartState.sent
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

/** Resolves when the session is aborted, or has ended; see wakeWaiters. */
export async function waitForAbort (cells: Int32Array, index: number): Promise<void> {
  await Atomics.waitAsync(cells, index, AbortReason.none).value
}

/** The session has ended: nobody needs to wait for its abort reason any more. */
export function wakeWaiters (cells: Int32Array, index: number): void {
  Atomics.notify(cells, index)
}

function startCellOf (cells: Int32Array, index: number): number {
  return cells.length / cellsPerSession + index
}

function decisionCellOf (cells: Int32Array, index: number): number {
  return cells.length / cellsPerSession * 2 + index
}
