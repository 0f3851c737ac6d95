import { isCloneable, isData } from './cloneable.js'
import { deserializeError, type SerializedError, serializeError } from './error.js'

/**
 * A value that is logged. Its own properties may be errors, which structured clone would harm, or objects
 * that the loop has itself.
 */
export interface LogValue {
  value?: unknown
  error?: SerializedError
  errors?: Record<string, SerializedError>
  references?: Record<string, Reference>
}

export type Reference = 'request' | 'reply' | 'request.raw' | 'reply.raw'

/** Members of pino's API that another logger may lack. */
export const pinoMembers = [
  'bindings', 'setBindings', 'isLevelEnabled', 'flush', 'levels', 'levelVal', 'msgPrefix', 'version', 'on',
  'silent', 'onChild'
] as const

/** `refer` returns a reference to an object that the loop has itself. */
export function encodeLogValue (value: unknown, refer: (value: object) => Reference | undefined): LogValue {
  if (value instanceof Error) return { error: serializeError(value, false) }
  if (typeof value !== 'object' || value === null) return { value: toPlain(value) }
  if (!isData(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return { value: toPlain(value) }
  const part: LogValue & { value: Record<string, unknown> } = { value: {} }
  for (const [name, own] of Object.entries(value)) {
    const reference = typeof own === 'object' && own !== null ? refer(own) : undefined
    // Errors and references cross apart from the value. A placeholder keeps their order, in which lines are
    // printed.
    part.value[name] = undefined
    if (own instanceof Error) (part.errors ??= {})[name] = serializeError(own, false)
    else if (reference !== undefined) (part.references ??= {})[name] = reference
    else part.value[name] = toPlain(own)
  }
  return part
}

export function decodeLogValue (
  { value, error, errors, references }: LogValue, resolve: (reference: Reference) => unknown
): unknown {
  if (error !== undefined) return restoreError(error)
  for (const name in errors) Reflect.set(value as object, name, restoreError(errors[name]!))
  for (const name in references) Reflect.set(value as object, name, resolve(references[name]!))
  return value
}

/**
 * Replaces a value that cannot be cloned after all, such as a Proxy, or a Map that holds a function, by what
 * would be printed of the value.
 */
export function toCloneableLogValue (part: LogValue): LogValue {
  return isCloneable(part) ? part : { ...part, value: stringify(part.value) }
}

/**
 * Restores an error, with the name of its class: loggers print the name, and the class is not on this side.
 */
function restoreError (fault: SerializedError): Error {
  const error = deserializeError(fault)
  const { className } = fault
  if (className !== undefined && className !== error.constructor.name) {
    Object.defineProperty(error, 'constructor', { value: { [className]: class extends Error {} }[className] })
  }
  return error
}

/**
 * Returns plain data as it is, and of any other value what would be printed: structured clone would lose the
 * value's `toJSON`, or fail.
 */
function toPlain (value: unknown): unknown {
  return isPlain(value, new Set()) ? value : stringify(value)
}

function stringify (value: unknown): unknown {
  try {
    const text = JSON.stringify(value) as string | undefined
    return text === undefined ? undefined : JSON.parse(text)
  } catch (error) {
    return `[cannot be logged: ${String(error)}]`
  }
}

function isPlain (value: unknown, seen: Set<unknown>): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null || seen.has(value)) return true
  if (!isData(value) || ('toJSON' in value && !(value instanceof Date))) return false
  if (ArrayBuffer.isView(value)) return true
  seen.add(value)
  try {
    return Object.values(value).every((own) => isPlain(own, seen))
  } catch {
    return false // a getter that throws
  }
}
