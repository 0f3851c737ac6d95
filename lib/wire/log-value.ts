import { type Fault, fromFault, toFault } from './error.js'
import { isCloneable, isData } from './cloneable.js'

/** A value that is logged. Its own properties may be errors, which a clone would harm, or what the loop has itself. */
export interface LogPart {
  value?: unknown
  fault?: Fault
  faults?: Record<string, Fault>
  references?: Record<string, Reference>
}

export type Reference = 'request' | 'reply' | 'request.raw' | 'reply.raw'

/** What of pino's API a logger may lack that is another one. */
export const pinoApi = ['bindings', 'setBindings', 'isLevelEnabled', 'flush', 'levels', 'levelVal', 'msgPrefix', 'version', 'on', 'silent', 'onChild'] as const

/** `refer` says what the loop has itself. */
export function packLogPart (value: unknown, refer: (value: object) => Reference | undefined): LogPart {
  if (value instanceof Error) return { fault: toFault(value, false) }
  if (typeof value !== 'object' || value === null) return { value: print(value) }
  if (!isData(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return { value: print(value) }
  const part: LogPart & { value: Record<string, unknown> } = { value: {} }
  for (const [name, own] of Object.entries(value)) {
    const reference = typeof own === 'object' && own !== null ? refer(own) : undefined
    // What is apart keeps its place: lines are printed in the order of their names.
    part.value[name] = undefined
    if (own instanceof Error) (part.faults ??= {})[name] = toFault(own, false)
    else if (reference !== undefined) (part.references ??= {})[name] = reference
    else part.value[name] = print(own)
  }
  return part
}

export function unpackLogPart ({ value, fault, faults, references }: LogPart, resolve: (reference: Reference) => unknown): unknown {
  if (fault !== undefined) return restore(fault)
  for (const name in faults) Reflect.set(value as object, name, restore(faults[name]!))
  for (const name in references) Reflect.set(value as object, name, resolve(references[name]!))
  return value
}

/** Of one that could not be cloned after all, as a Proxy cannot, or a Map that holds a function: what would be printed. */
export function printLogPart (part: LogPart): LogPart {
  return isCloneable(part) ? part : { ...part, value: stringify(part.value) }
}

/** Loggers print the name of the class, which is not here. */
function restore (fault: Fault): Error {
  const error = fromFault(fault)
  const { className } = fault
  if (className !== undefined && className !== error.constructor.name) Object.defineProperty(error, 'constructor', { value: { [className]: class extends Error {} }[className] })
  return error
}

/** Plain data as it is; of the rest what would be printed of it: a clone would lose its `toJSON`, or fail. */
function print (value: unknown): unknown {
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
