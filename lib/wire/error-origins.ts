/*
 * An error that comes back to the side on which it was thrown is the very same object, as long as anybody there still has it.
 */

/** An error of a side, by its number there. */
export type Origin = readonly [side: number, id: number]

// Tells this copy of the module from those of other threads, and from another copy in this one.
const side = Math.random()
let last = 0
const ids = new WeakMap<Error, number>()
const sent = new Map<number, WeakRef<Error>>()
const collected = new FinalizationRegistry<number>((id) => { sent.delete(id) })
/** Of errors that have come from elsewhere: what they are there. */
const origins = new WeakMap<Error, readonly Origin[]>()

/** Which errors of which sides this one is; it is remembered as one of this side. */
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

/** The error of this side; undefined if it is none, or nobody has it any more. */
export function findOriginal (from: readonly Origin[] | undefined): Error | undefined {
  const own = from?.find(([of]) => of === side)
  return own && sent.get(own[1])?.deref()
}
