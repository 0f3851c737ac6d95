import * as ownErrors from '../errors.js'
import { restoreBuffers } from './bytes.js'
import { isCloneable, isError, isWhole } from './cloneable.js'
import { deserialize, findNamed, nameClasses, type Named } from './error-classes.js'
import { findOriginal, noteOrigins, type Origin, originsOf } from './error-origins.js'
import { createKnown, knowClass, type KnownClass } from './known-errors.js'

/** An error as data. A structured clone keeps its name, message and stack, but neither code nor own properties. */
export interface Fault extends KnownClass {
  /** Of the option `errorClasses`, those of which it is an instance. */
  named?: Named[]
  name: string
  message: string
  stack: string | undefined
  /** Name of its own class, where that is another one. Loggers print it. */
  className?: string
  /** Own properties that can be cloned, such as `code` and `statusCode`. */
  properties: Record<string, unknown>
  /** What of them, or within them, were Buffers. */
  buffers?: Uint8Array[]
  /** Own properties that are errors. */
  faults?: Record<string, Fault>
  cause?: Carried
  /** Of an AggregateError. */
  errors?: Carried[]
  /** What it is on the sides where it has been; not where it cannot come back. */
  origins?: readonly Origin[]
  /** Of one that goes back: what of it has been set since it came. */
  changed?: string[]
}

/** What an error has inside: another one, or plain data. */
type Carried = { fault: Fault } | { value: unknown }

/** Of this package, by code. */
const own = new Map(Object.values(ownErrors).map((Type) => {
  const { code } = Reflect.construct(Type, []) as Error & { code: string }
  return [code, Type] as const
}))
const described = new Set(['message', 'stack', 'cause', 'errors'])
/** What decides how an error is answered: a class may have it in its prototype, as those of `http-errors` do. */
const inherited = ['code', 'statusCode', 'status', 'expose', 'headers']
/** How far down causes are followed. */
const deepest = 100

/** `isReturning` is whether the error may come back; what is logged does not. */
export function toFault (thrown: unknown, isReturning = true): Fault {
  try {
    return describe(thrown, { seen: new Map(), isReturning }, 0)
  } catch {
    // A proxy that does not tell what it has.
    return plain('an error that throws when it is read')
  }
}

function plain (message: string): Fault {
  return { type: 'Error', name: 'Error', message, stack: undefined, properties: {} }
}

interface Description {
  /** Those that it is inside of: an error that is there twice, or is its own cause, is one error on the other side too. */
  readonly seen: Map<unknown, Fault>
  readonly isReturning: boolean
}

function describe (thrown: unknown, within: Description, depth: number): Fault {
  const known = within.seen.get(thrown)
  if (known !== undefined) return known
  if (!isError(thrown)) return plain(print(thrown))
  const fault: Fault = { ...knowClass(thrown), name: print(read(thrown, 'name')), message: print(read(thrown, 'message')), stack: undefined, properties: {} }
  within.seen.set(thrown, fault)
  const stack = read(thrown, 'stack')
  if (typeof stack === 'string') fault.stack = stack
  describeProperties(thrown, fault, within, depth)
  const constructor = read(thrown, 'constructor')
  if (typeof constructor === 'function' && constructor.name !== fault.type) fault.className = constructor.name
  if (depth < deepest) describeInner(thrown, fault, within, depth)
  if (within.isReturning) {
    fault.origins = originsOf(thrown)
    const changed = findChanged(thrown)
    if (changed !== undefined) fault.changed = changed
  }
  try {
    const named = nameClasses(thrown)
    if (named !== undefined) fault.named = named
  } catch (reason) {
    const failed = describe(new ownErrors.ErrorClassFailed(print(fault.className ?? fault.name), print(reason)), within, depth)
    return { ...failed, cause: { fault } }
  }
  return fault
}

function describeProperties (thrown: Error, fault: Fault, within: Description, depth: number): void {
  const buffers: Uint8Array[] = []
  // Not every error has its code as an own enumerable property.
  for (const name of new Set([...Object.keys(thrown), ...inherited])) {
    if (described.has(name)) continue
    const isOwn = Object.hasOwn(thrown, name)
    const value = read(thrown, name, unreadable)
    if (!isOwn && value === undefined) continue
    if (isError(value)) {
      if (depth < deepest) (fault.faults ??= {})[name] = describe(value, within, depth + 1)
    } else if (isWhole(value, buffers) && isCloneable(value)) fault.properties[name] = value
  }
  if (buffers.length > 0) fault.buffers = buffers
}

function describeInner (thrown: Error, fault: Fault, within: Description, depth: number): void {
  const carry = (value: unknown): Carried => isError(value) || !isCloneable(value) ? { fault: describe(value, within, depth + 1) } : { value }
  const cause = read(thrown, 'cause')
  if (cause !== undefined) fault.cause = carry(cause)
  const errors = thrown instanceof AggregateError ? read(thrown, 'errors') : undefined
  if (Array.isArray(errors)) fault.errors = errors.map(carry)
}

/** No more of it crosses than of any symbol. */
const unreadable = Symbol('a getter that throws')

function read (error: Error, name: string, otherwise?: unknown): unknown {
  try {
    return Reflect.get(error, name)
  } catch {
    return otherwise
  }
}

function print (value: unknown): string {
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

/** By fault: one that has come twice in a message is the same error. */
const restored = new WeakMap<Fault, Error>()
/** As what an error has come. */
const arrived = new WeakMap<Error, Fault>()

export function fromFault (fault: Fault): Error {
  const known = restored.get(fault)
  if (known !== undefined) return known
  const original = findOriginal(fault.origins)
  if (original !== undefined) {
    restored.set(fault, original)
    return update(original, fault)
  }
  const { buffers, stack, cause, errors, origins } = fault
  if (buffers !== undefined) restoreBuffers(buffers)
  let error: Error
  try {
    error = create(fault)
  } catch (reason) {
    const failed = new ownErrors.ErrorClassFailed(fault.className ?? fault.name, print(reason))
    restored.set(fault, failed)
    define(failed, 'cause', fromFault({ ...fault, named: [] }))
    return failed
  }
  restored.set(fault, error)
  if (stack !== undefined) define(error, 'stack', stack)
  if (cause !== undefined) define(error, 'cause', uncarry(cause))
  if (errors !== undefined) define(error, 'errors', errors.map(uncarry))
  if (!isSerialized(fault)) restoreProperties(error, fault)
  if (origins !== undefined) {
    noteOrigins(error, origins)
    arrived.set(error, fault)
  }
  return error
}

function restoreProperties (error: Error, { name, properties, faults }: Fault): void {
  if (error instanceof DOMException) delete properties.code // it has that of its name
  for (const name in properties) {
    const value = properties[name]
    // Its class has it.
    if (inherited.includes(name) && Reflect.get(error, name) === value) continue
    Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: true })
  }
  for (const name in faults) Reflect.set(error, name, fromFault(faults[name]!))
  if (error.name !== name) define(error, 'name', name)
}

function create (fault: Fault): Error {
  const { name, message, properties } = fault
  const found = findNamed(fault.named)
  if (found?.entry.deserialize !== undefined) return deserialize(found.entry, found.named)
  if (found !== undefined) return Object.setPrototypeOf(createKnown({ type: fault.type }, message, name), found.entry.class.prototype as object) as Error
  const Own = own.get(properties.code as string)
  if (Own !== undefined) return Object.assign(Reflect.construct(Own, []) as Error, { message })
  return createKnown(fault, message, name)
}

/** What makes it is the class's own affair. */
function isSerialized ({ named }: Fault): boolean {
  return findNamed(named)?.entry.deserialize !== undefined
}

/** What has been set on an error since it came; undefined for nothing. */
function findChanged (error: Error): string[] | undefined {
  const fault = arrived.get(error)
  if (fault === undefined) return undefined
  const { properties, faults = {}, cause } = fault
  const changed = (['name', 'message', 'stack'] as const).filter((name) => read(error, name) !== fault[name]) as string[]
  if (read(error, 'cause') !== (cause && uncarry(cause))) changed.push('cause')
  for (const name of new Set([...Object.keys(error), ...Object.keys(properties), ...Object.keys(faults)])) {
    if (!described.has(name) && read(error, name) !== (faults[name] === undefined ? properties[name] : restored.get(faults[name]))) changed.push(name)
  }
  return changed.length > 0 ? changed : undefined
}

/** Sets what the other side has set. */
function update (error: Error, { changed = [], message, stack, cause, properties, faults }: Fault): Error {
  for (const name of changed) {
    if (name === 'message') define(error, name, message)
    else if (name === 'stack') define(error, name, stack)
    else if (name === 'cause') define(error, name, cause && uncarry(cause))
    else if (faults?.[name] !== undefined) Reflect.set(error, name, fromFault(faults[name]))
    else if (name in properties) Reflect.set(error, name, properties[name])
    else Reflect.deleteProperty(error, name)
  }
  return error
}

function define (error: Error, name: string, value: unknown): void {
  Reflect.defineProperty(error, name, { value, configurable: true, writable: true })
}

function uncarry (carried: Carried): unknown {
  return 'fault' in carried ? fromFault(carried.fault) : carried.value
}
