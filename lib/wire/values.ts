import { NotCloneable } from '../errors.js'
import { restoreBuffers, tighten } from './bytes.js'
import { explain, isCloneable, isComplete, isError, type Withheld } from './cloneable.js'
import { type Fault, fromFault, toFault } from './error.js'

/** Named values that cross together: those that can be cloned, and of the others why they cannot. */
export interface Parcel {
  values: Record<string, unknown>
  /** What of the values, or within them, were Buffers. */
  buffers?: Record<string, Uint8Array[]>
  /** Which of the values had no prototype. */
  bare?: string[]
  /** Errors among the values, by name. */
  faults?: Record<string, Fault>
  withheld?: Record<string, Withheld>
  /** Names of what is no longer there. */
  deleted?: string[]
}

export function createParcel (): Parcel {
  return { values: createRecord() }
}

export function isEmptyParcel ({ values, faults, withheld, deleted }: Parcel): boolean {
  // eslint-disable-next-line no-unreachable-loop -- one is enough to know
  for (const _name in values) return false
  return faults === undefined && withheld === undefined && deleted === undefined
}

export function isIn ({ values, faults, withheld }: Parcel, name: string): boolean {
  return [values, faults, withheld].some((some) => some !== undefined && Object.hasOwn(some, name))
}

/** Any name may come, `__proto__` too. */
function createRecord<Value> (): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

export function pack (parcel: Parcel, name: string, value: unknown): void {
  if (isError(value)) {
    (parcel.faults ??= createRecord())[name] = toFault(value)
    return
  }
  const buffers: Uint8Array[] = []
  if (!isComplete(value, buffers)) return withhold(parcel, name, value)
  parcel.values[name] = ArrayBuffer.isView(value) ? tighten(value) : value
  if (Buffer.isBuffer(value)) packBuffers(parcel, name, [parcel.values[name] as Uint8Array])
  else if (buffers.length > 0) packBuffers(parcel, name, buffers)
  if (isBare(value)) (parcel.bare ??= []).push(name)
}

/** Within one message they arrive as the very objects that are in the value. */
export function packBuffers (parcel: Parcel, name: string, buffers: Uint8Array[]): void {
  (parcel.buffers ??= createRecord())[name] = buffers
}

/** Leaves a value out. Whoever touches it on the other side is told why. */
export function withhold (parcel: Parcel, name: string, value: unknown): void {
  delete parcel.values[name]
  delete parcel.buffers?.[name];
  (parcel.withheld ??= createRecord())[name] = explain(value)
}

/** Leaves out what has turned out impossible to clone; returns the names. */
export function mend (parcel: Parcel): string[] {
  const names = Object.keys(parcel.values).filter((name) => !isCloneable(parcel.values[name]))
  for (const name of names) withhold(parcel, name, parcel.values[name])
  return names
}

/** Sets the values on a target. `pathOf` says what one that was withheld is called in the error. */
export function unpack ({ values, buffers, bare = [], faults, withheld, deleted = [] }: Parcel, target: object, pathOf: (name: string) => string): void {
  for (const name of deleted) Reflect.deleteProperty(target, name)
  for (const name in buffers) restoreBuffers(buffers[name]!)
  for (const name of bare) if (name in values) values[name] = makeBare(values[name] as object)
  for (const name in values) assign(target, name, values[name])
  for (const name in faults) assign(target, name, fromFault(faults[name]!))
  for (const name in withheld) defineWithheld(target, name, pathOf(name), withheld[name]!)
}

function assign (target: object, name: string, value: unknown): void {
  // To set that one would change what the target inherits.
  if (name === '__proto__') Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
  else Reflect.set(target, name, value)
}

/** A property that throws when it is read, and may be set like any other. */
function defineWithheld (target: object, name: string, ownPath: string, [path, what]: Withheld): void {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get () { throw new NotCloneable(ownPath + path, what) },
    set (value: unknown) { Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true }) }
  })
}

/** Whether it is an object of names and values alone, as parsers make them: nothing is inherited that a name may be taken for. */
export function isBare (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Or of a class whose prototype is such an object. Those of other realms have a prototype of that realm.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Object.hasOwn(prototype as object, 'hasOwnProperty'))
}

export function makeBare (value: object): object {
  return Object.assign(Object.create(null) as object, value)
}
