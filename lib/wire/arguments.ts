import { inspect } from 'node:util'
import type { Transferable } from 'node:worker_threads'
import { InvalidOption, NotCloneable } from '../errors.js'
import { createParcel, mend, pack, packBuffers, type Parcel, unpack, withhold } from './values.js'
import { isCloneable } from './cloneable.js'

/*
 * Arguments and results of the functions that are called on the other side. Other than what hooks have put on a request,
 * of which not everything is wanted there, a value that cannot cross is an error at once.
 */

export type { Transferable }

export interface Packed {
  parcel: Parcel
  /** What is moved instead of being copied. */
  moved: Transferable[]
}

const marks = new WeakMap<object, readonly Transferable[]>()

/** Says what of a value is to be moved when it crosses. */
export function markTransfer<Value extends object> (value: Value, list: readonly Transferable[]): Value {
  if (typeof value !== 'object' || value === null) throw new InvalidOption('transfer', `the first argument is an object, in which the rest is. Got ${inspect(value)}`)
  if (!Array.isArray(list)) throw new InvalidOption('transfer', `the second argument is a list of what is moved: transfer(image, [image.buffer]). Got ${inspect(list, { depth: 1 })}`)
  marks.set(value, list)
  return value
}

/** `what` names the function: "offload render". */
export function packArguments (args: readonly unknown[], what: string): Packed {
  const packed: Packed = { parcel: createParcel(), moved: [] }
  for (const [index, value] of args.entries()) packValue(packed, String(index), value)
  return checkPacked(packed, (index) => `arguments[${index}]`, what)
}

export function unpackArguments (parcel: Parcel): unknown[] {
  const args: unknown[] = []
  unpack(parcel, args, String)
  return args
}

/** What has come of a function: `value`, or what was `thrown`. */
export type Outcome = { value: unknown } | { thrown: unknown }

export function packOutcome (outcome: Outcome, what: string): Packed {
  const packed: Packed = { parcel: createParcel(), moved: [] }
  for (const [name, value] of Object.entries(outcome)) packValue(packed, name, value)
  return checkPacked(packed, nameOutcome, what)
}

/** Of something thrown it is never in vain. */
export function packThrown (thrown: unknown, what: string): Packed {
  try {
    return packOutcome({ thrown }, what)
  } catch (error) {
    return packOutcome({ thrown: error }, what)
  }
}

export function unpackOutcome (parcel: Parcel): { value?: unknown, thrown?: unknown } {
  const outcome = {}
  unpack(parcel, outcome, String)
  return outcome
}

/** Why it could not be posted. */
export function explainArguments (error: unknown, { parcel }: Packed, what: string): unknown {
  return explainFailure(error, parcel, (index) => `arguments[${index}]`, what)
}

export function explainOutcome (error: unknown, { parcel }: Packed, what: string): unknown {
  return explainFailure(error, parcel, nameOutcome, what)
}

function nameOutcome (name: string): string {
  return name === 'value' ? 'the result' : 'what was thrown'
}

function packValue ({ parcel, moved }: Packed, name: string, value: unknown): void {
  const list = typeof value === 'object' && value !== null ? marks.get(value) : undefined
  // Node would move it once more, as nothing.
  const gone = list?.find((part) => part instanceof ArrayBuffer && part.byteLength === 0 && !isCloneable(part))
  if (gone !== undefined) return withhold(parcel, name, gone)
  if (list !== undefined) moved.push(...list)
  if (list?.includes(value as Transferable) === true || (list !== undefined && ArrayBuffer.isView(value))) {
    parcel.values[name] = value
    if (Buffer.isBuffer(value)) packBuffers(parcel, name, [value])
  } else pack(parcel, name, value)
}

function checkPacked (packed: Packed, nameOf: (name: string) => string, what: string): Packed {
  const [name] = Object.keys(packed.parcel.withheld ?? {})
  if (name !== undefined) throw notCloneable(packed.parcel, name, nameOf, what)
  return packed
}

/** An error of a transfer list, which says itself what is wrong, stays as it is. */
function explainFailure (error: unknown, parcel: Parcel, nameOf: (name: string) => string, what: string): unknown {
  const [name] = mend(parcel)
  return name === undefined ? error : notCloneable(parcel, name, nameOf, what)
}

function notCloneable ({ withheld }: Parcel, name: string, nameOf: (name: string) => string, what: string): Error {
  const [path, kind] = withheld![name]!
  return new NotCloneable(`${what}: ${nameOf(name)}${path}`, kind)
}
