/*
 * An error that comes back to the side on which it was thrown is the same object again, unless that object
 * has been garbage collected.
 */

/** Identifies an error by a side, and by its number on that side. */
export type Origin = readonly [side: number, id: number]

// Identifies this copy of the module: each thread has a copy, and one thread may have several.
const side = Math.random()
let last = 0
const ids = new WeakMap<Error, number>()
const sent = new Map<number, WeakRef<Error>>()
const collected = new FinalizationRegistry<number>((id) => { sent.delete(id) })
/** Origins of errors that have come from other sides. */
const origins = new WeakMap<Error, readonly Origin[]>()

/** Returns the origins of an error on all sides, and registers the error on this side. */
export function originsOf (error: Error): Origin[] {
  let id = ids.get(error)
  if (id === undefined) {
    ids.set(error, id = ++last)
    sent.set(id, new WeakRef(error))
    collected.register(error, id)
  }
  return [...origins.get(error) ?? [], [side, id]]
}

export function rememberOrigins (error: Error, from: readonly Origin[] | undefined): void {
  if (from !== undefined) origins.set(error, from)
}

/** Returns the error of this side; undefined if there is none, or if it has been garbage collected. */
export function findOriginal (from: readonly Origin[] | undefined): Error | undefined {
  const own = from?.find(([of]) => of === side)
  return own && sent.get(own[1])?.deref()
}
