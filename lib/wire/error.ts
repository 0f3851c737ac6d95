import * as ownErrors from '../errors.js'
import { restoreBuffers } from './bytes.js'
import { isCloneable, isError, isWhole } from './cloneable.js'
import { deserializeInstance, findNamedClass, type NamedInstance, serializeNamed } from './error-classes.js'
import { findOriginal, type Origin, originsOf, rememberOrigins } from './error-origins.js'
import { classify, createOfClass, type KnownClass } from './known-errors.js'

/**
 * An error as data: structured clone keeps name, message and stack of an error, but neither `code` nor own
 * properties.
 */
export interface SerializedError extends KnownClass {
  /** Classes of the option `errorClasses` of which the error is an instance. */
  named?: NamedInstance[]
  name: string
  message: string
  stack: string | undefined
  /** Name of the error's class, if it is another one than `type`. Loggers print the name. */
  className?: string
  /** Own properties that can be cloned, such as `code` and `statusCode`. */
  properties: Record<string, unknown>
  /** Buffers among the properties, or within them. */
  buffers?: Uint8Array[]
  /** Own properties that are errors. */
  errorProperties?: Record<string, SerializedError>
  cause?: SerializedCause
  /** Set for an AggregateError. */
  errors?: SerializedCause[]
  /** Identifies the error on each side where it has been. Left out if the error cannot come back. */
  origins?: readonly Origin[]
  /** Set for an error that goes back: names of the properties that were set since the error came. */
  changed?: string[]
}

/** A cause, or a member of an AggregateError: another error, or plain data. */
type SerializedCause = { fault: SerializedError } | { value: unknown }

/** Error classes of this package, by code. */
const ownClasses = new Map(Object.values(ownErrors).map((Type) => {
  const { code } = Reflect.construct(Type, []) as Error & { code: string }
  return [code, Type] as const
}))

export function isOwnError (error: unknown): error is Error {
  return error instanceof Error && 'code' in error && ownClasses.has(String(error.code))
}

const described = new Set(['message', 'stack', 'cause', 'errors'])
/**
 * Properties that decide how an error is answered. A class may have them in its prototype, as those of
 * `http-errors`.
 */
const inherited = ['code', 'statusCode', 'status', 'expose', 'headers']
/** The depth to which causes are followed. */
const deepest = 100

/** `isReturning` tells whether the error may come back; a logged error does not. */
export function serializeError (thrown: unknown, isReturning = true): SerializedError {
  try {
    return serialize(thrown, { seen: new Map(), isReturning }, 0)
  } catch {
    // The error is a proxy that throws.
    return plainError('an error that throws when it is read')
  }
}

function plainError (message: string): SerializedError {
  return { type: 'Error', name: 'Error', message, stack: undefined, properties: {} }
}

interface Serialization {
  /**
   * Errors serialized so far: an error that occurs twice, or is its own cause, is one error on the other side
   * too.
   */
  readonly seen: Map<unknown, SerializedError>
  readonly isReturning: boolean
}

function serialize (thrown: unknown, within: Serialization, depth: number): SerializedError {
  const known = within.seen.get(thrown)
  if (known !== undefined) return known
  if (!isError(thrown)) return plainError(toText(thrown))
  const fault: SerializedError = {
    ...classify(thrown),
    name: toText(read(thrown, 'name')),
    message: toText(read(thrown, 'message')),
    stack: undefined,
    properties: {}
  }
  within.seen.set(thrown, fault)
  const stack = read(thrown, 'stack')
  if (typeof stack === 'string') fault.stack = stack
  serializeProperties(thrown, fault, within, depth)
  const constructor = read(thrown, 'constructor')
  if (typeof constructor === 'function' && constructor.name !== fault.type) fault.className = constructor.name
  if (depth < deepest) serializeCauses(thrown, fault, within, depth)
  if (within.isReturning) {
    fault.origins = originsOf(thrown)
    const changed = findChanged(thrown)
    if (changed !== undefined) fault.changed = changed
  }
  try {
    const named = serializeNamed(thrown)
    if (named !== undefined) fault.named = named
  } catch (reason) {
    const failed = serialize(
      new ownErrors.ErrorClassFailed(toText(fault.className ?? fault.name), toText(reason)), within, depth
    )
    return { ...failed, cause: { fault } }
  }
  return fault
}

function serializeProperties (
  thrown: Error, fault: SerializedError, within: Serialization, depth: number
): void {
  const buffers: Uint8Array[] = []
  // Some errors have their code in the prototype, or as a property that is not enumerable.
  for (const name of new Set([...Object.keys(thrown), ...inherited])) {
    if (described.has(name)) continue
    const isOwn = Object.hasOwn(thrown, name)
    const value = read(thrown, name, unreadable)
    if (!isOwn && value === undefined) continue
    if (isError(value)) {
      if (depth < deepest) (fault.errorProperties ??= {})[name] = serialize(value, within, depth + 1)
    } else if (isWhole(value, buffers) && isCloneable(value)) fault.properties[name] = value
  }
  if (buffers.length > 0) fault.buffers = buffers
}

function serializeCauses (thrown: Error, fault: SerializedError, within: Serialization, depth: number): void {
  const carry = (value: unknown): SerializedCause => isError(value) || !isCloneable(value)
    ? { fault: serialize(value, within, depth + 1) }
    : { value }
  const cause = read(thrown, 'cause')
  if (cause !== undefined) fault.cause = carry(cause)
  const errors = thrown instanceof AggregateError ? read(thrown, 'errors') : undefined
  if (Array.isArray(errors)) fault.errors = errors.map(carry)
}

/** Replaces the value of a getter that throws. A symbol cannot be cloned, so the property does not cross. */
const unreadable = Symbol('a getter that throws')

function read (error: Error, name: string, otherwise?: unknown): unknown {
  try {
    return Reflect.get(error, name)
  } catch {
    return otherwise
  }
}

function toText (value: unknown): string {
  try {
    return String(value)
  } catch {
    return tagOf(value)
  }
}

function tagOf (value: unknown): string {
  try {
    return Object.prototype.toString.call(value)
  } catch {
    return 'an object that throws when it is read'
  }
}

/** Errors by their serialized form: a form that occurs twice in a message is one error. */
const deserialized = new WeakMap<SerializedError, Error>()
/** The serialized form in which an error has come. */
const arrived = new WeakMap<Error, SerializedError>()

export function deserializeError (fault: SerializedError): Error {
  const known = deserialized.get(fault)
  if (known !== undefined) return known
  const original = findOriginal(fault.origins)
  if (original !== undefined) {
    deserialized.set(fault, original)
    return applyChanged(original, fault)
  }
  const { buffers, stack, cause, errors, origins } = fault
  if (buffers !== undefined) restoreBuffers(buffers)
  let error: Error
  try {
    error = create(fault)
  } catch (reason) {
    const failed = new ownErrors.ErrorClassFailed(fault.className ?? fault.name, toText(reason))
    deserialized.set(fault, failed)
    define(failed, 'cause', deserializeError({ ...fault, named: [] }))
    return failed
  }
  deserialized.set(fault, error)
  if (stack !== undefined) define(error, 'stack', stack)
  if (cause !== undefined) define(error, 'cause', deserializeCause(cause))
  if (errors !== undefined) define(error, 'errors', errors.map(deserializeCause))
  if (!isSerialized(fault)) restoreProperties(error, fault)
  if (origins !== undefined) {
    rememberOrigins(error, origins)
    arrived.set(error, fault)
  }
  return error
}

function restoreProperties (error: Error, { name, properties, errorProperties }: SerializedError): void {
  if (error instanceof DOMException) delete properties.code // the class derives `code` from the name
  for (const name in properties) {
    const value = properties[name]
    // The class has the property already.
    if (inherited.includes(name) && Reflect.get(error, name) === value) continue
    Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: true })
  }
  for (const name in errorProperties) Reflect.set(error, name, deserializeError(errorProperties[name]!))
  if (error.name !== name) define(error, 'name', name)
}

function create (fault: SerializedError): Error {
  const { name, message, properties } = fault
  const found = findNamedClass(fault.named)
  if (found?.entry.deserialize !== undefined) return deserializeInstance(found.entry, found.named)
  if (found !== undefined) {
    return Object.setPrototypeOf(
      createOfClass({ type: fault.type }, message, name), found.entry.class.prototype as object
    ) as Error
  }
  const Own = ownClasses.get(properties.code as string)
  if (Own !== undefined) return Object.assign(Reflect.construct(Own, []) as Error, { message })
  return createOfClass(fault, message, name)
}

/** Whether the class of the error has `deserialize`, which restores the properties itself. */
function isSerialized ({ named }: SerializedError): boolean {
  return findNamedClass(named)?.entry.deserialize !== undefined
}

/** Returns names of the properties that have been set on an error since it came; undefined for none. */
function findChanged (error: Error): string[] | undefined {
  const fault = arrived.get(error)
  if (fault === undefined) return undefined
  const { properties, errorProperties = {}, cause } = fault
  const changed = (['name', 'message', 'stack'] as const)
    .filter((name) => read(error, name) !== fault[name]) as string[]
  if (read(error, 'cause') !== (cause && deserializeCause(cause))) changed.push('cause')
  for (const name of new Set([
    ...Object.keys(error), ...Object.keys(properties), ...Object.keys(errorProperties)
  ])) {
    if (!described.has(name) && read(error, name) !== (
      errorProperties[name] === undefined ? properties[name] : deserialized.get(errorProperties[name])
    )) changed.push(name)
  }
  return changed.length > 0 ? changed : undefined
}

/** Sets the properties that the other side has set. */
function applyChanged (
  error: Error, { changed = [], message, stack, cause, properties, errorProperties }: SerializedError
): Error {
  for (const name of changed) {
    if (name === 'message') define(error, name, message)
    else if (name === 'stack') define(error, name, stack)
    else if (name === 'cause') define(error, name, cause && deserializeCause(cause))
    else if (errorProperties?.[name] !== undefined) {
      Reflect.set(error, name, deserializeError(errorProperties[name]))
    } else if (name in properties) Reflect.set(error, name, properties[name])
    else Reflect.deleteProperty(error, name)
  }
  return error
}

function define (error: Error, name: string, value: unknown): void {
  Reflect.defineProperty(error, name, { value, configurable: true, writable: true })
}

function deserializeCause (carried: SerializedCause): unknown {
  return 'fault' in carried ? deserializeError(carried.fault) : carried.value
}
