/*
 * One 32-bit cell of shared memory for every slot of a thread: the loop writes why a visit should stop, and the
 * worker can read it even in a synchronous loop, where no message would arrive.
 */

export enum Flag { none, clientGone, timeout, closing }

export function createFlags (slots: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT))
}

export function raiseFlag (flags: Int32Array, slot: number, flag: Flag): void {
  Atomics.store(flags, slot, flag)
  Atomics.notify(flags, slot)
}

/** Before a visit, since the one before may have left its flag. */
export function lowerFlag (flags: Int32Array, slot: number): void {
  Atomics.store(flags, slot, Flag.none)
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
