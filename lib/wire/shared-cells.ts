/*
 * Three 32-bit cells of shared memory for every slot of a thread. In the first the loop writes why a visit should stop,
 * and the worker can read it even in a synchronous loop, where no message would arrive. In the second either the worker
 * writes that it has begun, which the loop can read even when the worker is gone, or the loop that it must not begin any more.
 * In the third either the worker writes that it ends without an error, or the loop why it must not: whoever is first decides
 * whether the request's generators commit.
 */

export enum Flag { none, clientGone, timeout, closing, aborted, handlerTimeout }

enum Stage { sent, begun, recalled }

/** Beside the flags, in the third cell. */
const completing = -1

const cells = 3

export function createFlags (slots: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(cells * slots * Int32Array.BYTES_PER_ELEMENT))
}

/**
 * False if the worker has begun to end the visit without an error: it is told, and its answer is still to come. `isForced`: it comes too late.
 * Of two that are to stop it the first is the reason.
 */
export function raiseFlag (flags: Int32Array, slot: number, flag: Flag, isForced = false): boolean {
  const cell = outcomeOf(flags, slot)
  const isDecided = Atomics.compareExchange(flags, cell, Flag.none, flag) !== completing
  if (isForced && !isDecided) Atomics.store(flags, cell, flag)
  if (!isStopped(flags, slot)) Atomics.store(flags, slot, flag)
  Atomics.notify(flags, slot)
  return isDecided || isForced
}

/** False if the loop has raised a flag before. */
export function markCompleting (flags: Int32Array, slot: number): boolean {
  const before = Atomics.compareExchange(flags, outcomeOf(flags, slot), Flag.none, completing)
  return before === Flag.none || before === completing
}

/** The flag that has been raised before the worker began to end the visit. */
export function readOutcome (flags: Int32Array, slot: number): Flag {
  const outcome = Atomics.load(flags, outcomeOf(flags, slot))
  return outcome === completing ? Flag.none : outcome
}

/** Before a visit, since the one before has left its marks. */
export function clearCells (flags: Int32Array, slot: number): void {
  Atomics.store(flags, slot, Flag.none)
  Atomics.store(flags, stageOf(flags, slot), Stage.sent)
  Atomics.store(flags, outcomeOf(flags, slot), Flag.none)
}

/** False if it has been recalled. */
export function markBegun (flags: Int32Array, slot: number): boolean {
  return Atomics.compareExchange(flags, stageOf(flags, slot), Stage.sent, Stage.begun) === Stage.sent
}

/** False if it has begun. */
export function markRecalled (flags: Int32Array, slot: number): boolean {
  return Atomics.compareExchange(flags, stageOf(flags, slot), Stage.sent, Stage.recalled) === Stage.sent
}

export function hasBegun (flags: Int32Array, slot: number): boolean {
  return Atomics.load(flags, stageOf(flags, slot)) === Stage.begun
}

export function readFlag (flags: Int32Array, slot: number): Flag {
  return Atomics.load(flags, slot)
}

/** Whether it is over time, or has outlasted the server. */
export function isStopped (flags: Int32Array, slot: number): boolean {
  return isStop(readFlag(flags, slot))
}

export function isStop (flag: Flag): boolean {
  return flag === Flag.timeout || flag === Flag.closing || flag === Flag.handlerTimeout
}

/** Resolves when the flag is raised, or when the visit has ended; see releaseFlag. */
export async function waitForFlag (flags: Int32Array, slot: number): Promise<void> {
  await Atomics.waitAsync(flags, slot, Flag.none).value
}

/** Wakes whoever waits for the flag of a visit that has ended. */
export function releaseFlag (flags: Int32Array, slot: number): void {
  Atomics.notify(flags, slot)
}

function stageOf (flags: Int32Array, slot: number): number {
  return flags.length / cells + slot
}

function outcomeOf (flags: Int32Array, slot: number): number {
  return flags.length / cells * 2 + slot
}
