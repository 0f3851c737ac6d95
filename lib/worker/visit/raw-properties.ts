import { PropertyFilter } from '../../request/fastify-properties.js'
import { isNodeMember, learnNames } from '../../request/node-properties.js'

/*
 * Tells which properties of a visit's raw request and response are their own, or are methods or accessors of
 * Node. Handlers have added the others, or have set properties of Node such as shouldKeepAlive: these cross.
 */

const names = new Set<string>()
const known = new WeakSet<object>()

/** Call with a new object, on which nobody has put a property yet. */
export function learnRawNames (raw: object): void {
  const prototype = Object.getPrototypeOf(raw) as object
  if (known.has(prototype)) return
  known.add(prototype)
  for (const name of Object.keys(raw)) names.add(name)
  learnNames(raw)
}

export const rawPropertyFilter = new PropertyFilter((raw, name) =>
  names.has(name) || name in (Object.getPrototypeOf(raw) as object) || isNodeMember(name))
