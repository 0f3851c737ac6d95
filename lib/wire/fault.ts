/** An error as data. A structured clone keeps its name, message and stack, but neither code nor own properties. */
export interface Fault {
  name: string
  message: string
  stack: string | undefined
  /** Name of its class, where that is another one. Loggers print it. */
  type?: string
  /** Own properties that can be cloned, such as `code` and `statusCode`. */
  properties: Record<string, unknown>
  cause?: Fault
}

const builtins = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]))
const described = new Set(['message', 'stack', 'cause'])
const deepest = 8

export function toFault (thrown: unknown, depth = 0): Fault {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: String(thrown), stack: undefined, properties: {} }
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
  const fault: Fault = { name: thrown.name, message: thrown.message, stack: thrown.stack, properties }
  const { constructor } = thrown
  if (typeof constructor === 'function' && constructor.name !== typeFor(thrown.name).name) fault.type = constructor.name
  if (thrown.cause !== undefined && depth < deepest) fault.cause = toFault(thrown.cause, depth + 1)
  return fault
}

export function fromFault ({ name, message, stack, type, properties, cause }: Fault): Error {
  const Type = typeFor(name)
  const error = cause === undefined ? new Type(message) : new Type(message, { cause: fromFault(cause) })
  if (stack !== undefined) error.stack = stack
  Object.assign(error, properties)
  if (error.name !== name) define(error, 'name', name)
  if (type !== undefined) define(error, 'constructor', { [type]: class extends Type {} }[type])
  return error
}

function typeFor (name: string): ErrorConstructor {
  return builtins.get(name) ?? Error
}

function define (error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true })
}

export function isCloneable (value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
