/*
 * Two 32-bit cells of shared memory for every slot of a thread. In the first the loop writes why a visit should stop,
 * and the worker can read it even in a synchronous loop, where no message would arrive. In the second either the worker
 * writes that it has begun, which the loop can read even when the worker is gone, or the loop that it must not begin any more.
 */

export enum Flag { none, clientGone, timeout, closing, aborted }

enum Stage { sent, begun, recalled }

export function createFlags (slots: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * slots * Int32Array.BYTES_PER_ELEMENT))
}

export function raiseFlag (flags: Int32Array, slot: number, flag: Flag): void {
  Atomics.store(flags, slot, flag)
  Atomics.notify(flags, slot)
}

/** Before a visit, since the one before has left its marks. */
export function clearCells (flags: Int32Array, slot: number): void {
  Atomics.store(flags, slot, Flag.none)
  Atomics.store(flags, flags.length / 2 + slot, Stage.sent)
}

/** False if it has been recalled. */
export function markBegun (flags: Int32Array, slot: number): boolean {
  return Atomics.compareExchange(flags, flags.length / 2 + slot, Stage.sent, Stage.begun) === Stage.sent
}

/** False if it has begun. */
export function markRecalled (flags: Int32Array, slot: number): boolean {
  return Atomics.compareExchange(flags, flags.length / 2 + slot, Stage.sent, Stage.recalled) === Stage.sent
}

export function hasBegun (flags: Int32Array, slot: number): boolean {
  return Atomics.load(flags, flags.length / 2 + slot) === Stage.begun
}

export function readFlag (flags: Int32Array, slot: number): Flag {
  return Atomics.load(flags, slot)
}

/** Resolves when the flag is raised, or when the visit has ended; see releaseFlag. */
export async function waitForFlag (flags: Int32Array, slot: number): Promise<void> {
  await Atomics.waitAsync(flags, slot, Flag.none).value
}

/** Wakes whoever waits for the flag of a visit that has ended. */
export function releaseFlag (flags: Int32Array, slot: number): void {
  Atomics.notify(flags, slot)
}
