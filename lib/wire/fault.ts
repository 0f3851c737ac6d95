/** An error as data. A structured clone keeps its name, message and stack, but neither code nor own properties. */
export interface Fault {
  name: string
  message: string
  stack: string | undefined
  /** Own properties that can be cloned, such as `code` and `statusCode`. */
  properties: Record<string, unknown>
  cause?: Fault
}

const builtins = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]))
const described = new Set(['name', 'message', 'stack', 'cause'])
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
  if (thrown.cause !== undefined && depth < deepest) fault.cause = toFault(thrown.cause, depth + 1)
  return fault
}

export function fromFault ({ name, message, stack, properties, cause }: Fault): Error {
  const Type = builtins.get(name) ?? Error
  const error = cause === undefined ? new Type(message) : new Type(message, { cause: fromFault(cause) })
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (stack !== undefined) error.stack = stack
  return Object.assign(error, properties)
}

export function isCloneable (value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
