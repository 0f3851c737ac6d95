import { PropertyFilter } from '../../request/fastify-properties.js'
import { isNodeMember, learnNames } from '../../request/node-properties.js'

/*
 * What on the raw request and response of a visit is theirs, and what Node has there as a method or an accessor. The rest is what handlers
 * have put there, and what they have set of Node's own, such as shouldKeepAlive.
 */

const names = new Set<string>()
const known = new WeakSet<object>()

/** Of one that has just been made. */
export function learnRawNames (raw: object): void {
  const prototype = Object.getPrototypeOf(raw) as object
  if (known.has(prototype)) return
  known.add(prototype)
  for (const name of Object.keys(raw)) names.add(name)
  learnNames(raw)
}

export const rawPropertyFilter = new PropertyFilter((raw, name) => names.has(name) || name in (Object.getPrototypeOf(raw) as object) || isNodeMember(name))
