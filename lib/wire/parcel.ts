import { NotCloneable } from '../errors.js'
import { asBuffer, tighten } from './bytes.js'
import { type Fault, fromFault, isCloneable, toFault } from './fault.js'

/** Named values that cross together: those that can be cloned, and of the others why they cannot. */
export interface Parcel {
  values: Record<string, unknown>
  /** Which of the values were Buffers. */
  buffers: string[]
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
  else if ((isData(value) || keepsClass(value)) && isWhole(value)) {
    parcel.values[name] = ArrayBuffer.isView(value) ? tighten(value) : value
    if (Buffer.isBuffer(value)) parcel.buffers.push(name)
  } else withhold(parcel, name, value)
}

/** Leaves a value out. Whoever touches it on the other side is told why. */
export function withhold (parcel: Parcel, name: string, value: unknown): void {
  delete parcel.values[name]
  parcel.buffers = parcel.buffers.filter((other) => other !== name)
  parcel.withheld[name] = explain(value)
}

/** Why a value cannot cross. */
export function explain (value: unknown): Withheld {
  if (!isData(value)) return ['', describe(value)]
  return isTooDeep(value) ? ['', 'nested too deeply'] : locate(value)
}

/** Leaves out what has turned out impossible to clone; returns the names. */
export function mend (parcel: Parcel): string[] {
  const names = Object.keys(parcel.values).filter((name) => !isCloneable(parcel.values[name]))
  for (const name of names) withhold(parcel, name, parcel.values[name])
  return names
}

/** Sets the values on a target. `pathOf` says what one that was withheld is called in the error. */
export function unpack ({ values, buffers, faults, withheld }: Parcel, target: object, pathOf: (name: string) => string): void {
  for (const name of buffers) values[name] = asBuffer(values[name] as Uint8Array)
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
  if (typeof value !== 'object' || value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  // Objects without Object.prototype are bags of names and values, as parsers make them.
  return !(value instanceof Object) || cloneable.has(prototype as object)
}

const cloneable = new Set<object>([
  Array, Map, Set, Date, RegExp, ArrayBuffer, SharedArrayBuffer, Boolean, Number, String, DataView, Buffer,
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array
].map(({ prototype }) => prototype))

/** By prototype. */
const kept = new WeakMap<object, boolean>()

/** Of what is no plain data: whether its class survives all the same, as of a Blob or a KeyObject. */
export function keepsClass (value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Error) return false
  const prototype = Object.getPrototypeOf(value) as object
  let keeps = kept.get(prototype)
  if (keeps === undefined) kept.set(prototype, keeps = isCloneable(value) && Object.getPrototypeOf(structuredClone(value)) === prototype)
  return keeps
}

/**
 * Whether of everything inside something would arrive: of an instance of a class its own properties do, but of one that has none, such as
 * a URL or an AbortSignal, nothing would.
 */
export function isWhole (value: unknown, seen?: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true
  try {
    return isWholeObject(value, seen)
  } catch {
    return true // a getter that throws, or too deep: cloning will tell
  }
}

function isWholeObject (value: object, seen = new Set<object>()): boolean {
  if (seen.has(value)) return true
  seen.add(value)
  if (Array.isArray(value)) return value.every((part) => isPrimitive(part) || isWholeObject(part, seen))
  if (ArrayBuffer.isView(value)) return true
  if (value instanceof Map || value instanceof Set) {
    for (const part of [...value.keys(), ...value.values()]) if (!isPrimitive(part) && !isWholeObject(part, seen)) return false
    return true
  }
  let isEmpty = true
  for (const name of Object.keys(value)) {
    isEmpty = false
    const part: unknown = Reflect.get(value, name)
    if (!isPrimitive(part) && !isWholeObject(part, seen)) return false
  }
  return !isEmpty || isData(value) || (value instanceof Error && !(value instanceof DOMException)) || keepsClass(value)
}

function isPrimitive (value: unknown): value is Exclude<unknown, object> {
  return typeof value !== 'object' || value === null
}

function isTooDeep (value: unknown): boolean {
  try {
    structuredClone(value)
    return false
  } catch (error) {
    return error instanceof RangeError
  }
}

/** The innermost part that cannot be cloned, of a value that cannot. */
function locate (value: unknown): Withheld {
  let path = ''
  for (const seen = new Set<unknown>(); typeof value === 'object' && value !== null && seen.size < deepest;) {
    seen.add(value)
    const getter = findThrowing(value)
    if (getter !== undefined) return [`${path}.${getter}`, 'a getter that throws']
    const inner = partsOf(value).find(([, part]) => !seen.has(part) && !(isCloneable(part) && isWhole(part)))
    if (inner === undefined) break
    path += inner[0]
    value = inner[1]
  }
  return [path, describe(value)]
}

/** How far down it is looked for. */
const deepest = 100

function findThrowing (value: object): string | undefined {
  return Object.keys(value).find((name) => {
    try {
      Reflect.get(value, name)
      return false
    } catch {
      return true
    }
  })
}

function partsOf (value: object): [name: string, part: unknown][] {
  if (Array.isArray(value)) return value.map((part, index) => [`[${index}]`, part])
  if (value instanceof Map) return [...value].flatMap(([key, part]) => [[`.get(${nameOf(key)})`, part], ['.keys()', key]])
  if (value instanceof Set) return [...value].map((part) => ['.values()', part])
  return Object.entries(value).map(([name, part]) => [`.${name}`, part])
}

function nameOf (key: unknown): string {
  return isPrimitive(key) ? String(key) : describe(key)
}

export function describe (value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return 'memory that has been moved elsewhere'
  const { constructor } = value
  const name = typeof constructor === 'function' ? constructor.name : ''
  return name === '' || name === 'Object' ? 'an object that cannot be cloned' : `an instance of ${name}`
}
