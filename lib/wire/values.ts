import { NotCloneable } from '../errors.js'
import { restoreBuffers, compactView } from './bytes.js'
import { locateUncloneable, isCloneable, keepsAll, isError, type Omitted } from './cloneable.js'
import { type SerializedError, deserializeError, serializeError } from './error.js'

/** Named values that cross together: those that can be cloned, and of the others why they cannot. */
export interface EncodedValues {
  values: Record<string, unknown>
  /** What of the values, or within them, were Buffers. */
  buffers?: Record<string, Uint8Array[]>
  /** Which of the values had no prototype. */
  nullPrototypes?: string[]
  /** Errors among the values, by name. */
  errors?: Record<string, SerializedError>
  omitted?: Record<string, Omitted>
  /** Names of what is no longer there. */
  deleted?: string[]
}

export function createValues (): EncodedValues {
  return { values: createRecord() }
}

export function hasNoValues ({ values, errors, omitted, deleted }: EncodedValues): boolean {
  // eslint-disable-next-line no-unreachable-loop -- one is enough to know
  for (const _name in values) return false
  return errors === undefined && omitted === undefined && deleted === undefined
}

export function hasValue ({ values, errors, omitted }: EncodedValues, name: string): boolean {
  return [values, errors, omitted].some((some) => some !== undefined && Object.hasOwn(some, name))
}

/** Any name may come, `__proto__` too. */
function createRecord<Value> (): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

export function encode (encoded: EncodedValues, name: string, value: unknown): void {
  if (isError(value)) {
    (encoded.errors ??= createRecord())[name] = serializeError(value)
    return
  }
  const buffers: Uint8Array[] = []
  if (!keepsAll(value, buffers)) return omit(encoded, name, value)
  encoded.values[name] = ArrayBuffer.isView(value) ? compactView(value) : value
  if (Buffer.isBuffer(value)) markBuffers(encoded, name, [encoded.values[name] as Uint8Array])
  else if (buffers.length > 0) markBuffers(encoded, name, buffers)
  if (isNullPrototype(value)) (encoded.nullPrototypes ??= []).push(name)
}

/** Within one message they arrive as the very objects that are in the value. */
export function markBuffers (encoded: EncodedValues, name: string, buffers: Uint8Array[]): void {
  (encoded.buffers ??= createRecord())[name] = buffers
}

/** Leaves a value out. Whoever touches it on the other side is told why. */
export function omit (encoded: EncodedValues, name: string, value: unknown): void {
  delete encoded.values[name]
  delete encoded.buffers?.[name];
  (encoded.omitted ??= createRecord())[name] = locateUncloneable(value)
}

/** Leaves out what has turned out impossible to clone; returns the names. */
export function dropUncloneable (encoded: EncodedValues): string[] {
  const names = Object.keys(encoded.values).filter((name) => !isCloneable(encoded.values[name]))
  for (const name of names) omit(encoded, name, encoded.values[name])
  return names
}

/** Sets the values on a target. `pathOf` says what one that was withheld is called in the error. */
export function decode ({ values, buffers, nullPrototypes = [], errors, omitted, deleted = [] }: EncodedValues, target: object, pathOf: (name: string) => string): void {
  for (const name of deleted) Reflect.deleteProperty(target, name)
  for (const name in buffers) restoreBuffers(buffers[name]!)
  for (const name of nullPrototypes) if (name in values) values[name] = toNullPrototype(values[name] as object)
  for (const name in values) assign(target, name, values[name])
  for (const name in errors) assign(target, name, deserializeError(errors[name]!))
  for (const name in omitted) defineOmitted(target, name, pathOf(name), omitted[name]!)
}

function assign (target: object, name: string, value: unknown): void {
  // To set that one would change what the target inherits.
  if (name === '__proto__') Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
  else Reflect.set(target, name, value)
}

/** A property that throws when it is read, and may be set like any other. */
function defineOmitted (target: object, name: string, ownPath: string, [path, what]: Omitted): void {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get () { throw new NotCloneable(ownPath + path, what) },
    set (value: unknown) { Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true }) }
  })
}

/** Whether it is an object of names and values alone, as parsers make them: nothing is inherited that a name may be taken for. */
export function isNullPrototype (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Or of a class whose prototype is such an object. Those of other realms have a prototype of that realm.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Object.hasOwn(prototype as object, 'hasOwnProperty'))
}

export function toNullPrototype (value: object): object {
  return Object.assign(Object.create(null) as object, value)
}

/** Sends a message; if it cannot be cloned, drops from the values in it what cannot be, and sends it once more. */
export function sendCloneable (send: () => void, values: EncodedValues | undefined): void {
  try {
    send()
  } catch (error) {
    if (values === undefined) throw error
    dropUncloneable(values)
    send()
  }
}
