import * as errors from '../errors.js'
import { isCloneable, isError, isWhole } from './cloneable.js'

/** An error as data. A structured clone keeps its name, message and stack, but neither code nor own properties. */
export interface Fault {
  /** The class of which it is an instance on both sides: the nearest that the language has. */
  type: string
  name: string
  message: string
  stack: string | undefined
  /** Name of its own class, where that is another one. Loggers print it. */
  className?: string
  /** Own properties that can be cloned, such as `code` and `statusCode`. */
  properties: Record<string, unknown>
  /** Own properties that are errors. */
  faults?: Record<string, Fault>
  cause?: Carried
  /** Of an AggregateError. */
  errors?: Carried[]
}

/** What an error has inside: another one, or plain data. */
type Carried = { fault: Fault } | { value: unknown }

const builtins = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]))
/** Of this package, by code. */
const own = new Map(Object.values(errors).map((Type) => {
  const { code } = Reflect.construct(Type, []) as Error & { code: string }
  return [code, Type] as const
}))
const described = new Set(['message', 'stack', 'cause', 'errors'])
/** How far down causes are followed. */
const deepest = 100

export function toFault (thrown: unknown): Fault {
  try {
    return describe(thrown, new Map(), 0)
  } catch {
    // A proxy that does not tell what it has.
    return plain('an error that throws when it is read')
  }
}

function plain (message: string): Fault {
  return { type: 'Error', name: 'Error', message, stack: undefined, properties: {} }
}

/** `seen` are those that it is inside of: an error that is there twice, or is its own cause, is one error on the other side too. */
function describe (thrown: unknown, seen: Map<unknown, Fault>, depth: number): Fault {
  const known = seen.get(thrown)
  if (known !== undefined) return known
  if (!isError(thrown)) return plain(print(thrown))
  const properties: Record<string, unknown> = {}
  const fault: Fault = { type: typeOf(thrown), name: print(read(thrown, 'name')), message: print(read(thrown, 'message')), stack: undefined, properties }
  seen.set(thrown, fault)
  const stack = read(thrown, 'stack')
  if (typeof stack === 'string') fault.stack = stack
  for (const name of Object.keys(thrown)) {
    if (described.has(name)) continue
    const value = read(thrown, name, unreadable)
    if (isError(value)) {
      if (depth < deepest) (fault.faults ??= {})[name] = describe(value, seen, depth + 1)
    } else if (isWhole(value) && isCloneable(value)) properties[name] = value
  }
  // Not every error has its code as an own enumerable property.
  const code = read(thrown, 'code')
  if (typeof code === 'string' || typeof code === 'number') properties.code = code
  const constructor = read(thrown, 'constructor')
  if (typeof constructor === 'function' && constructor.name !== fault.type) fault.className = constructor.name
  if (depth === deepest) return fault
  const carry = (value: unknown): Carried => isError(value) || !isCloneable(value) ? { fault: describe(value, seen, depth + 1) } : { value }
  const cause = read(thrown, 'cause')
  if (cause !== undefined) fault.cause = carry(cause)
  const errors = thrown instanceof AggregateError ? read(thrown, 'errors') : undefined
  if (Array.isArray(errors)) fault.errors = errors.map(carry)
  return fault
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

export function fromFault (fault: Fault): Error {
  const known = restored.get(fault)
  if (known !== undefined) return known
  const { name, stack, properties, faults, cause, errors } = fault
  const error = create(fault)
  restored.set(fault, error)
  if (stack !== undefined) define(error, 'stack', stack)
  if (cause !== undefined) define(error, 'cause', uncarry(cause))
  if (errors !== undefined) define(error, 'errors', errors.map(uncarry))
  if (error instanceof DOMException) delete properties.code // it has that of its name
  Object.assign(error, properties)
  for (const name in faults) Reflect.set(error, name, fromFault(faults[name]!))
  if (error.name !== name) define(error, 'name', name)
  return error
}

function create ({ type, name, message, properties }: Fault): Error {
  const Own = own.get(properties.code as string)
  if (Own !== undefined) return Object.assign(Reflect.construct(Own, []) as Error, { message })
  if (type === 'AggregateError') return new AggregateError([], message)
  if (type === 'DOMException') return new DOMException(message, name)
  return new (builtins.get(type) ?? Error)(message)
}

function define (error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true })
}

function typeOf (error: Error): string {
  if (error instanceof DOMException) return 'DOMException'
  if (error instanceof AggregateError) return 'AggregateError'
  for (const [name, { prototype }] of builtins) {
    if (name !== 'Error' && Object.prototype.isPrototypeOf.call(prototype, error)) return name
  }
  return 'Error'
}

function uncarry (carried: Carried): unknown {
  return 'fault' in carried ? fromFault(carried.fault) : carried.value
}
