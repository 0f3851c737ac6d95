import { NotCloneable } from '../errors.js'
import { asBuffer, tighten } from './bytes.js'
import { type Fault, fromFault, isCloneable, toFault } from './fault.js'

/** Named values that cross together: those that can be cloned, and of the others why they cannot. */
export interface Parcel {
  values: Record<string, unknown>
  /** Which of the values were Buffers. */
  buffers: string[]
  /** Which of the values had no prototype. */
  bare?: string[]
  /** Errors among the values, by name. */
  faults: Record<string, Fault>
  withheld: Record<string, Withheld>
}

/** Where in a value what is that cannot be cloned. */
export type Withheld = readonly [path: string, what: string]

export function createParcel (): Parcel {
  return { values: {}, buffers: [], faults: {}, withheld: {} }
}

export function pack (parcel: Parcel, name: string, value: unknown): void {
  if (value instanceof Error) parcel.faults[name] = toFault(value)
  else if (isData(value)) parcel.values[name] = value instanceof Uint8Array ? tighten(value) : value
  else withhold(parcel, name, value)
  if (Buffer.isBuffer(value)) parcel.buffers.push(name)
  else if (isBare(value)) (parcel.bare ??= []).push(name)
}

/** Leaves a value out. Whoever touches it on the other side is told why. */
export function withhold (parcel: Parcel, name: string, value: unknown): void {
  delete parcel.values[name]
  parcel.withheld[name] = explain(value)
}

/** Why a value cannot cross. */
export function explain (value: unknown): Withheld {
  return isData(value) ? locate(value) : ['', describe(value)]
}

/** Leaves out what has turned out impossible to clone; returns the names. */
export function mend (parcel: Parcel): string[] {
  const names = Object.keys(parcel.values).filter((name) => !isCloneable(parcel.values[name]))
  for (const name of names) withhold(parcel, name, parcel.values[name])
  return names
}

/** Sets the values on a target. `pathOf` says what one that was withheld is called in the error. */
export function unpack ({ values, buffers, bare = [], faults, withheld }: Parcel, target: object, pathOf: (name: string) => string): void {
  for (const name of buffers) values[name] = asBuffer(values[name] as Uint8Array)
  for (const name of bare) if (name in values) values[name] = makeBare(values[name] as object)
  for (const name in values) Reflect.set(target, name, values[name])
  for (const name in faults) Reflect.set(target, name, fromFault(faults[name]!))
  for (const name in withheld) defineWithheld(target, name, pathOf(name), withheld[name]!)
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

/** Whether a clone would be the same: an instance of a class would arrive without its class. */
export function isData (value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  // Objects without Object.prototype are bags of names and values, as parsers make them.
  return !(value instanceof Object) || cloneable.some((type) => prototype === type.prototype)
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

const cloneable = [Map, Set, Date, RegExp, ArrayBuffer, SharedArrayBuffer, Boolean, Number, String]

/** The innermost part that cannot be cloned, of a value that cannot. */
function locate (value: unknown, path = '', seen = new Set<unknown>()): Withheld {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [path, describe(value)]
  seen.add(value)
  for (const [name, part] of partsOf(value)) {
    if (!seen.has(part) && !isCloneable(part)) return locate(part, path + name, seen)
  }
  return [path, describe(value)]
}

function partsOf (value: object): [name: string, part: unknown][] {
  try {
    if (Array.isArray(value)) return value.map((part, index) => [`[${index}]`, part])
    if (value instanceof Map) return [...value].map(([key, part]) => [`.get(${String(key)})`, part])
    return Object.entries(value).map(([name, part]) => [`.${name}`, part])
  } catch {
    return [] // a getter that throws: the object itself is what cannot be cloned
  }
}

export function describe (value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return 'memory that has been moved elsewhere'
  const { constructor } = value
  const name = typeof constructor === 'function' ? constructor.name : ''
  return name === '' || name === 'Object' ? 'an object that cannot be cloned' : `an instance of ${name}`
}
