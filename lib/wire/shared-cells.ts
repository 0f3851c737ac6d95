/*
 * Three 32-bit cells of shared memory for every slot of a thread. In the first the loop writes why a visit should stop,
 * and the worker can read it even in a synchronous loop, where no message would arrive. In the second either the worker
 * writes that it has begun, which the loop can read even when the worker is gone, or the loop that it must not begin any more.
 * In the third either the worker writes that it ends without an error, or the loop why it must not: whoever is first decides
 * whether the request's generators commit.
 */

export enum AbortReason { none, clientGone, timeout, closing, aborted, handlerTimeout }

enum StartState { sent, started, withdrawn }

/** Beside the flags, in the third cell. */
const completing = -1

const cellsPerSlot = 3

export function createSlotCells (slots: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(cellsPerSlot * slots * Int32Array.BYTES_PER_ELEMENT))
}

/**
 * False if the worker has begun to end the visit without an error: it is told, and its answer is still to come. `isForced`: it comes too late.
 * Of two that are to stop it the first is the reason.
 */
export function setAbortReason (flags: Int32Array, slot: number, flag: AbortReason, isForced = false): boolean {
  const cell = decisionCellOf(flags, slot)
  const isDecided = Atomics.compareExchange(flags, cell, AbortReason.none, flag) !== completing
  if (isForced && !isDecided) Atomics.store(flags, cell, flag)
  if (!hasTerminalReason(flags, slot)) Atomics.store(flags, slot, flag)
  Atomics.notify(flags, slot)
  return isDecided || isForced
}

/** False if the loop has raised a flag before. */
export function markCompleting (flags: Int32Array, slot: number): boolean {
  const before = Atomics.compareExchange(flags, decisionCellOf(flags, slot), AbortReason.none, completing)
  return before === AbortReason.none || before === completing
}

/** The flag that has been raised before the worker began to end the visit. */
export function readDecision (flags: Int32Array, slot: number): AbortReason {
  const outcome = Atomics.load(flags, decisionCellOf(flags, slot))
  return outcome === completing ? AbortReason.none : outcome
}

/** Before a visit, since the one before has left its marks. */
export function resetCells (flags: Int32Array, slot: number): void {
  Atomics.store(flags, slot, AbortReason.none)
  Atomics.store(flags, startCellOf(flags, slot), StartState.sent)
  Atomics.store(flags, decisionCellOf(flags, slot), AbortReason.none)
}

/** False if it has been recalled. */
export function markStarted (flags: Int32Array, slot: number): boolean {
  return Atomics.compareExchange(flags, startCellOf(flags, slot), StartState.sent, StartState.started) === StartState.sent
}

/** False if it has begun. */
export function markWithdrawn (flags: Int32Array, slot: number): boolean {
  return Atomics.compareExchange(flags, startCellOf(flags, slot), StartState.sent, StartState.withdrawn) === StartState.sent
}

export function hasStarted (flags: Int32Array, slot: number): boolean {
  return Atomics.load(flags, startCellOf(flags, slot)) === StartState.started
}

export function readAbortReason (flags: Int32Array, slot: number): AbortReason {
  return Atomics.load(flags, slot)
}

/** Whether it is over time, or has outlasted the server. */
export function hasTerminalReason (flags: Int32Array, slot: number): boolean {
  return isTerminal(readAbortReason(flags, slot))
}

export function isTerminal (flag: AbortReason): boolean {
  return flag === AbortReason.timeout || flag === AbortReason.closing || flag === AbortReason.handlerTimeout
}

/** Resolves when the flag is raised, or when the visit has ended; see releaseFlag. */
export async function waitForAbort (flags: Int32Array, slot: number): Promise<void> {
  await Atomics.waitAsync(flags, slot, AbortReason.none).value
}

/** Wakes whoever waits for the flag of a visit that has ended. */
export function wakeWaiters (flags: Int32Array, slot: number): void {
  Atomics.notify(flags, slot)
}

function startCellOf (flags: Int32Array, slot: number): number {
  return flags.length / cellsPerSlot + slot
}

function decisionCellOf (flags: Int32Array, slot: number): number {
  return flags.length / cellsPerSlot * 2 + slot
}
