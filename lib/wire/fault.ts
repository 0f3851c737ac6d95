import * as errors from '../errors.js'

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
const deepest = 8

export function toFault (thrown: unknown, depth = 0): Fault {
  if (!(thrown instanceof Error)) {
    return { type: 'Error', name: 'Error', message: String(thrown), stack: undefined, properties: {} }
  }
  const properties: Record<string, unknown> = {}
  for (const name of Object.keys(thrown)) {
    if (!described.has(name)) {
      const value: unknown = Reflect.get(thrown, name)
      if (isCloneable(value)) properties[name] = value
    }
  }
  // Not every error has its code as an own enumerable property.
  const code: unknown = Reflect.get(thrown, 'code')
  if (typeof code === 'string' || typeof code === 'number') properties.code = code
  const fault: Fault = { type: typeOf(thrown), name: thrown.name, message: thrown.message, stack: thrown.stack, properties }
  const { constructor } = thrown
  if (typeof constructor === 'function' && constructor.name !== fault.type) fault.className = constructor.name
  if (thrown.cause !== undefined && depth < deepest) fault.cause = carry(thrown.cause, depth)
  if (thrown instanceof AggregateError && depth < deepest) fault.errors = thrown.errors.map((error) => carry(error, depth))
  return fault
}

export function fromFault (fault: Fault): Error {
  const { name, stack, properties, cause } = fault
  const error = create(fault)
  if (stack !== undefined) define(error, 'stack', stack)
  if (cause !== undefined) define(error, 'cause', uncarry(cause))
  if (error instanceof DOMException) delete properties.code // it has that of its name
  Object.assign(error, properties)
  if (error.name !== name) define(error, 'name', name)
  return error
}

function create ({ type, name, message, properties, errors }: Fault): Error {
  const Own = own.get(properties.code as string)
  if (Own !== undefined) return Object.assign(Reflect.construct(Own, []) as Error, { message })
  if (type === 'AggregateError') return new AggregateError(errors?.map(uncarry) ?? [], message)
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

function carry (value: unknown, depth: number): Carried {
  return value instanceof Error || !isCloneable(value) ? { fault: toFault(value, depth + 1) } : { value }
}

function uncarry (carried: Carried): unknown {
  return 'fault' in carried ? fromFault(carried.fault) : carried.value
}

export function isCloneable (value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
