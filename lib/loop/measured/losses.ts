import { NotCloneable } from '../../errors.js'
import { locateInstance } from '../../wire/cloneable.js'
import type { OpenVisit } from '../../wire/messages.js'
import type { EncodedValues } from '../../wire/values.js'

/*
 * Finds what a handler would not find in the worker, for a measured route: on the loop its handler has worked
 * with that.
 */

type Crossing = Pick<OpenVisit, 'changes' | 'context' | 'dependencies'>
type LabelOf = (index: number) => string

/**
 * Returns an error for the first value that could not cross; undefined if all could. `labelOf` names a
 * dependency by its index.
 */
export function findOmitted (crossing: Crossing, labelOf: LabelOf): Error | undefined {
  for (const [of, { omitted }] of partsOf(crossing)) {
    const [first] = Object.entries(omitted ?? {})
    if (first === undefined) continue
    const [name, [path, what]] = first
    return new NotCloneable(nameOf(of, name, labelOf) + path, what)
  }
  return undefined
}

/**
 * As findOmitted(), also for an object within a value that would cross without its class: a blocking handler
 * gets such an object as plain data.
 */
export function findLoss (opening: OpenVisit, labelOf: LabelOf): Error | undefined {
  const omitted = findOmitted(opening, labelOf)
  if (omitted !== undefined) return omitted
  const values = partsOf(opening).flatMap(([of, { values }]) =>
    Object.entries(values).map(([name, value]) => [nameOf(of, name, labelOf), value] as const))
  for (const [name, value] of [...values, ['request.body', opening.body] as const]) {
    const found = locateInstance(value)
    if (found !== undefined) return new NotCloneable(name + found[0], found[1])
  }
  return undefined
}

/** Returns the values that cross, by how a handler names the objects that have them. */
function partsOf ({ changes, context, dependencies }: Crossing): [of: string, values: EncodedValues][] {
  if (changes === undefined && context === undefined && dependencies === undefined) return []
  const { request, reply, rawRequest, rawReply } = changes ?? {}
  const parts = { request, reply, 'request.raw': rawRequest, 'reply.raw': rawReply, context, dependencies }
  return Object.entries(parts).flatMap(([of, values]) => values === undefined ? [] : [[of, values]])
}

function nameOf (of: string, name: string, labelOf: LabelOf): string {
  return `${of}.${of === 'dependencies' ? labelOf(Number(name)) : name}`
}
