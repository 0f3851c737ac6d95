import { isAnyArrayBuffer, isSharedArrayBuffer } from 'node:util/types'
import { isSerializable } from './byte-encoding.js'
import { currentWorkerData } from './worker-data.js'

/*
 * Tells what of a value crosses: what structured clone keeps, and what it would lose.
 */

/** Tells whether a value, of which structured clone loses nothing, can be sent to the other side. */
export type CanSend = (value: unknown) => boolean

/** Whether the thread belongs to a worker host, so that what it sends leaves the machine. */
export const leavesMachine = currentWorkerData?.isRemote === true

/** The path to the uncloneable part of a value, and a description of that part. */
export type Omitted = readonly [path: string, what: string]

/** Whether a value can be sent from this thread. */
export const isCloneable: CanSend = leavesMachine ? isSerializable : isClonedByThreads

function isClonedByThreads (value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/** Whether a value can be sent, and arrives with all that is inside. */
export function crosses (value: unknown, canSend = isCloneable): boolean {
  return keepsAll(value) && canSend(value)
}

/**
 * Whether structured clone keeps a value, as far as this is known without cloning. `buffers` is that of
 * isWhole().
 */
export function keepsAll (value: unknown, buffers?: Uint8Array[]): boolean {
  return (isData(value) || keepsClass(value)) && isWhole(value, buffers)
}

/** Tells why a value cannot cross. */
export function locateUncloneable (value: unknown, canSend = isCloneable): Omitted {
  if (!isData(value)) return ['', describeUncloneable(value)]
  try {
    return isTooDeep(value) ? ['', 'nested too deeply'] : locate(value, canSend)
  } catch {
    return ['', unreadable]
  }
}

/** Describes a proxy that throws, or an object with a getter that does. */
const unreadable = 'an object that throws when it is read'

/** Returns the prototype of a value; undefined if the value is a proxy that throws. */
function prototypeOf (value: object): object | null | undefined {
  try {
    return Object.getPrototypeOf(value) as object | null
  } catch {
    return undefined
  }
}

export function isError (value: unknown): value is Error {
  try {
    return value instanceof Error
  } catch {
    return false
  }
}

/**
 * Whether a value is plain data, which structured clone keeps: an instance of a class would lose its class.
 */
export function isData (value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  const prototype = prototypeOf(value)
  if (prototype === undefined) return false
  if (prototype === Object.prototype || prototype === null) return true
  // An object without Object.prototype is a record of names and values, as parsers make them.
  return !(value instanceof Object) || cloneable.has(prototype as object)
}

const cloneable = new Set<object>([
  Array, Map, Set, Date, RegExp, ArrayBuffer, SharedArrayBuffer, Boolean, Number, String, DataView, Buffer,
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array
].map(({ prototype }) => prototype))

/** Results of keepsClass(), by prototype. */
const keepsClassByPrototype = new WeakMap<object, boolean>()

/** Whether structured clone keeps the class of an instance, as it does for a Blob or a KeyObject. */
function keepsClass (value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isError(value)) return false
  const prototype = prototypeOf(value)
  if (prototype === undefined || prototype === null) return false
  let keeps = keepsClassByPrototype.get(prototype)
  if (keeps === undefined) {
    keepsClassByPrototype.set(
      prototype, keeps = isCloneable(value) && Object.getPrototypeOf(structuredClone(value)) === prototype
    )
  }
  return keeps
}

/**
 * Whether structured clone keeps something of every part of a value. An instance of a class arrives as its
 * own properties; an instance without own properties, such as a URL or an AbortSignal, would arrive empty.
 * Adds the Buffers of the value to `buffers`, since they would arrive as Uint8Arrays.
 */
export function isWhole (value: unknown, buffers?: Uint8Array[]): boolean {
  if (typeof value !== 'object' || value === null) return true
  try {
    return isWholeObject(value, new Set(), buffers)
  } catch {
    return true // a getter throws, or the value is nested too deeply: cloning will tell
  }
}

function isWholeObject (value: object, seen: Set<object>, buffers: Uint8Array[] | undefined): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === Array.prototype) return areWhole(value, value as unknown[], seen, buffers)
  if (prototype !== Object.prototype) {
    if (value instanceof Map || value instanceof Set) {
      return areWhole(value, [...value.keys(), ...value.values()], seen, buffers)
    }
    if (Buffer.isBuffer(value)) buffers?.push(value)
    if (ArrayBuffer.isView(value) || (prototype !== null && cloneable.has(prototype))) return true
    if (Object.keys(value).length === 0) {
      return isData(value) || (value instanceof Error && !(value instanceof DOMException)) ||
        keepsClass(value)
    }
  }
  return areWhole(value, Object.values(value), seen, buffers)
}

function areWhole (
  whole: object, parts: unknown[], seen: Set<object>, buffers: Uint8Array[] | undefined
): boolean {
  let isLeaf = true
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue
    // Only an object with inner parts has to be remembered.
    if (isLeaf && seen.has(whole)) return true
    if (isLeaf) seen.add(whole)
    isLeaf = false
    if (!isWholeObject(part, seen, buffers)) return false
  }
  return true
}

/**
 * Finds the first object within a value whose class structured clone would lose; undefined if there is none,
 * or if the value cannot be read, which cloning will tell.
 */
export function locateInstance (value: unknown): Omitted | undefined {
  try {
    return findInstance(value, new Set())
  } catch {
    return undefined
  }
}

function findInstance (value: unknown, seen: Set<object>): Omitted | undefined {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined
  if (ArrayBuffer.isView(value)) return undefined
  if (!isData(value)) return keepsClass(value) ? undefined : ['', describeUncloneable(value)]
  seen.add(value)
  for (const [name, part] of partsOf(value)) {
    const found = findInstance(part, seen)
    if (found !== undefined) return [name + found[0], found[1]]
  }
  return undefined
}

function isTooDeep (value: unknown): boolean {
  try {
    structuredClone(value)
    return false
  } catch (error) {
    return error instanceof RangeError
  }
}

/** Finds the innermost part that cannot be sent, in a value that cannot be sent. */
function locate (value: unknown, canSend: CanSend): Omitted {
  let path = ''
  for (const seen = new Set<unknown>(); typeof value === 'object' && value !== null && seen.size < deepest;) {
    seen.add(value)
    const getter = findThrowing(value)
    if (getter !== undefined) return [`${path}.${getter}`, 'a getter that throws']
    const inner = partsOf(value).find(([, part]) => !seen.has(part) && !(isWhole(part) && canSend(part)))
    if (inner === undefined) break
    path += inner[0]
    value = inner[1]
  }
  return [path, describeUncloneable(value)]
}

/** The depth to which locate() searches. */
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
  if (value instanceof Map) {
    return [...value].flatMap(([key, part]) => [[`.get(${nameOf(key)})`, part], ['.keys()', key]])
  }
  if (value instanceof Set) return [...value].map((part) => ['.values()', part])
  return Object.entries(value).map(([name, part]) => [`.${name}`, part])
}

function nameOf (key: unknown): string {
  return typeof key === 'object' && key !== null ? describeUncloneable(key) : String(key)
}

export function describeUncloneable (value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const memory = ArrayBuffer.isView(value) ? value.buffer : value
  if (isSharedArrayBuffer(memory)) return 'shared memory, which stays in its process'
  if (isAnyArrayBuffer(memory)) return 'memory that has been moved elsewhere'
  let name: unknown
  try {
    const { constructor } = value
    name = typeof constructor === 'function' ? constructor.name : ''
  } catch {
    return unreadable
  }
  return name === '' || name === 'Object' ? 'an object that cannot be cloned' : `an instance of ${name}`
}
