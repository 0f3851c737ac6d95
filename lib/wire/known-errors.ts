import nodeModule from 'node:module'
import { createError } from '@fastify/error'

/*
 * Error classes that both sides have without a name given by the app: those of the language, of Node, of
 * `@fastify/error` and of `http-errors`. Each side finds its own class.
 */

/** Identifies a known class. */
export interface KnownClass {
  /** The nearest class of the language or of Node. */
  type: string
  /** Set for a class made by `@fastify/error`: its code, and the codes of the classes that it extends. */
  codes?: string[]
  /**
   * Set for a class of `http-errors`: the file of the copy that has made the class, and the status of the
   * class.
   */
  http?: [file: string, status: number]
}

interface HttpErrors {
  HttpError: { prototype: object }
  [status: number]: { prototype: object } | undefined
}

// Node's types lack WebAssembly.
const { WebAssembly: { CompileError, LinkError, RuntimeError } } = globalThis as unknown as {
  WebAssembly: Record<'CompileError' | 'LinkError' | 'RuntimeError', ErrorConstructor>
}
const builtins = new Map<string, ErrorConstructor>([
  Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
  CompileError, LinkError, RuntimeError
].map((type) => [type.name, type]))
const names = new Map<object, string>([...builtins].map(([name, { prototype }]) => [prototype, name]))
names.set(AggregateError.prototype, 'AggregateError').set(DOMException.prototype, 'DOMException')

// instanceof of @fastify/error checks these symbols, which all copies of the package share.
const genericKey = Symbol.for('fastify-error-generic')
const prefix = 'fastify-error '
const httpErrors = /[/\\]http-errors[/\\]index\.js$/
/**
 * The cache of require() has every copy of http-errors, which is CommonJS, whichever file require() is made
 * for.
 */
const { cache } = nodeModule.createRequire(process.execPath)

export function classify (error: Error): KnownClass {
  const prototypes = prototypesOf(error)
  const known: KnownClass = { type: 'Error' }
  for (const prototype of prototypes) {
    const type = names.get(prototype) ?? (isAssertion(prototype) ? 'AssertionError' : undefined)
    if (type === undefined) continue
    known.type = type
    break
  }
  if (Reflect.get(error, genericKey) === true) known.codes = prototypes.flatMap(codesOf)
  const http = findHttp(prototypes)
  if (http !== undefined) known.http = http
  return known
}

function prototypesOf (error: Error): object[] {
  const prototypes: object[] = []
  for (
    let prototype: object | null = Object.getPrototypeOf(error);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) prototypes.push(prototype)
  return prototypes
}

function codesOf (prototype: object): string[] {
  return Object.getOwnPropertySymbols(prototype).flatMap((symbol) => {
    const key = Symbol.keyFor(symbol)
    return key?.startsWith(prefix) === true ? key.slice(prefix.length) : []
  })
}

/**
 * Whether the prototype is that of Node's AssertionError. The name is compared first, to load node:assert
 * only if needed.
 */
function isAssertion (prototype: object): boolean {
  return nameOf(prototype) === 'AssertionError' && prototype === loadAssertionError()
}

function loadAssertionError (): object {
  return process.getBuiltinModule('node:assert').AssertionError.prototype
}

function nameOf (prototype: object): unknown {
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown
  return typeof constructor === 'function' ? constructor.name : undefined
}

function findHttp (prototypes: readonly object[]): [file: string, status: number] | undefined {
  const base = prototypes.find((prototype) => nameOf(prototype) === 'HttpError')
  if (base === undefined) return undefined
  for (const [file, module] of Object.entries(cache)) {
    if (!httpErrors.test(file)) continue
    const exported = module!.exports as HttpErrors
    if (exported.HttpError.prototype !== base) continue
    const status = prototypes
      .map((prototype) => Number(Reflect.get(prototype, 'statusCode')))
      .find((status) => prototypes.includes(exported[status]?.prototype as object))
    return status === undefined ? undefined : [file, status]
  }
  return undefined
}

/**
 * Makes an error of a known class. Constructors of @fastify/error and of http-errors are not called. A class
 * of http-errors is the one in the same file, if this side has loaded that file; otherwise the error has the
 * nearest class that this side knows.
 */
export function createOfClass ({ type, codes, http }: KnownClass, message: string, name: string): Error {
  const error = createBuiltin(type, message, name)
  const prototype =
    (http && (cache[http[0]]?.exports as HttpErrors | undefined)?.[http[1]]?.prototype) ??
    (codes && codes.length > 0
      ? createFastifyPrototype(codes, error.constructor as ErrorConstructor)
      : undefined)
  return prototype === undefined ? error : Object.setPrototypeOf(error, prototype) as Error
}

function createBuiltin (type: string, message: string, name: string): Error {
  if (type === 'AggregateError') return new AggregateError([], message)
  if (type === 'DOMException') return new DOMException(message, name)
  if (type === 'AssertionError') {
    return Object.setPrototypeOf(new Error(message), loadAssertionError()) as Error
  }
  return new (builtins.get(type) ?? Error)(message)
}

/** Makes a new class with the same codes, since instanceof of the app's own class checks the codes. */
function createFastifyPrototype (codes: readonly string[], Base: ErrorConstructor): object {
  return codes.reduceRight<ErrorConstructor>(
    (Inner, code) => createError(code, '%s', undefined, Inner) as unknown as ErrorConstructor, Base
  ).prototype
}
