import { NotCloneable } from '../errors.js'
import { compactView, restoreBuffers } from './bytes.js'
import {
  type CanSend, isCloneable, isError, keepsAll, leavesMachine, locateUncloneable, type Omitted
} from './cloneable.js'
import { deserializeError, type SerializedError, serializeError } from './error.js'

/**
 * Named values that cross together: those that can be cloned, and for each of the others the reason why it
 * cannot.
 */
export interface EncodedValues {
  values: Record<string, unknown>
  /**
   * Buffers among the values, or within them, by the name of the value: structured clone makes them
   * Uint8Arrays.
   */
  buffers?: Record<string, Uint8Array[]>
  /** Names of values without a prototype: structured clone gives them Object.prototype. */
  nullPrototypes?: string[]
  /** Errors among the values, by name. */
  errors?: Record<string, SerializedError>
  omitted?: Record<string, Omitted>
  /** Names of properties that have been deleted. */
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

/** Returns a record without a prototype, since any name may come, `__proto__` too. */
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

/** Marks Buffers within a value. Within one message they arrive as the very objects that are in the value. */
export function markBuffers (encoded: EncodedValues, name: string, buffers: Uint8Array[]): void {
  (encoded.buffers ??= createRecord())[name] = buffers
}

/** Leaves a value out. Reading it on the other side throws an error with the reason. */
export function omit (
  encoded: EncodedValues, name: string, value: unknown, canSend: CanSend = isCloneable
): void {
  delete encoded.values[name]
  delete encoded.buffers?.[name];
  (encoded.omitted ??= createRecord())[name] = locateUncloneable(value, canSend)
}

/** Leaves out values that have turned out impossible to send; returns their names. */
export function dropUncloneable (encoded: EncodedValues, canSend: CanSend = isCloneable): string[] {
  const names = Object.keys(encoded.values).filter((name) => !canSend(encoded.values[name]))
  for (const name of names) omit(encoded, name, encoded.values[name], canSend)
  return names
}

/** Sets the values on a target. `pathOf` gives the path of an omitted value, for the error. */
export function decode (
  { values, buffers, nullPrototypes = [], errors, omitted, deleted = [] }: EncodedValues,
  target: object,
  pathOf: (name: string) => string
): void {
  for (const name of deleted) Reflect.deleteProperty(target, name)
  for (const name in buffers) restoreBuffers(buffers[name]!)
  for (const name of nullPrototypes) {
    if (name in values) values[name] = toNullPrototype(values[name] as object)
  }
  for (const name in values) assign(target, name, values[name])
  for (const name in errors) assign(target, name, deserializeError(errors[name]!))
  for (const name in omitted) defineOmitted(target, name, pathOf(name), omitted[name]!)
}

function assign (target: object, name: string, value: unknown): void {
  // Setting `__proto__` would change the prototype of the target.
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
  } else Reflect.set(target, name, value)
}

/** Defines a property that throws when it is read, and can be set like any other. */
function defineOmitted (target: object, name: string, ownPath: string, [path, what]: Omitted): void {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get () { throw new NotCloneable(ownPath + path, what) },
    set (value: unknown) {
      Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
    }
  })
}

/**
 * Whether the value is a record as parsers make them: it inherits nothing that could be taken for one of its
 * names.
 */
export function isNullPrototype (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The prototype may also be an object without a prototype, as that of a parser's class. A prototype with
  // hasOwnProperty is Object.prototype of another realm.
  return prototype === null || (
    Object.getPrototypeOf(prototype) === null && !Object.hasOwn(prototype as object, 'hasOwnProperty')
  )
}

export function toNullPrototype (value: object): object {
  return Object.assign(Object.create(null) as object, value)
}

/**
 * Sends a message. If the message cannot be sent, leaves out those of its values that cannot be sent, and
 * sends it once more.
 */
export function sendCloneable (
  send: () => void, values: EncodedValues | undefined, canSend: CanSend = isCloneable
): void {
  // A thread of a worker host could send to its process what does not leave the machine.
  if (leavesMachine && values !== undefined) dropUncloneable(values)
  try {
    send()
  } catch (error) {
    if (values === undefined) throw error
    dropUncloneable(values, canSend)
    send()
  }
}
