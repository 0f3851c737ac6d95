import type { FastifyInstance, RouteOptions } from 'fastify'
import { type CompilerName, compilerNames, type Getter, watchReads } from './compiler-reads.js'

/*
 * Has Fastify compile the schemas of a worker's routes when a request first needs them. Compilation is nine
 * tenths of the boot of an app with many schemas, and a worker needs few of them. What cannot be compiled
 * has failed on the main thread, where all is compiled at boot.
 *
 * Fastify has no option for this. A getter gives it a compiler of this file at the read with which it
 * compiles, and undefined at the reads before, as a route without a compiler of its own does. So do reads by
 * others.
 */

/** Compilers that the app has set by setValidatorCompiler() or setSerializerCompiler(): these run at boot. */
const ownCompilers = new WeakSet<object>()

/** Notes the compilers that the app sets. Must be called before the first plugin is registered. */
export function watchCompilers (fastify: FastifyInstance): void {
  for (const name of ['setValidatorCompiler', 'setSerializerCompiler'] as const) {
    const set = fastify[name] as (this: FastifyInstance, compiler: object) => FastifyInstance
    Reflect.set(fastify, name, function noteCompiler (this: FastifyInstance, compiler: object) {
      ownCompilers.add(compiler)
      return set.call(this, compiler)
    })
  }
}

/** What blocking routes have not compiled yet, of the first ones: a worker that idles compiles so much. */
const waiting: Set<() => Compiled> = new Set()
const maxWaiting = 100

/** Returns a function that compiles what waits longest; undefined if nothing waits. */
export function takeDeferred (): (() => void) | undefined {
  const [compile] = waiting
  if (compile === undefined) return undefined
  waiting.delete(compile)
  return () => tryToCompile(compile)
}

/**
 * Called after each `onRoute` hook, since any of them may have set a compiler. `isBlocking`: whether the
 * route has work for this worker.
 */
export function deferCompilation (
  instance: FastifyInstance, route: RouteOptions, isBlocking: boolean
): void {
  if (route.schema === undefined) return
  for (const name of compilerNames) {
    const { get: before } = Object.getOwnPropertyDescriptor(route, name) ?? {}
    if (before === undefined ? route[name] === undefined : deferring.has(before)) {
      defer(instance, route, name, isBlocking)
    }
  }
}

/** Getters of this module. */
const deferring = new WeakSet<Getter>()

function defer (
  instance: FastifyInstance, route: RouteOptions, name: CompilerName, isBlocking: boolean
): void {
  const isLast = watchReads(route, name)
  if (isLast === undefined) return
  const get = (): Compiler | undefined => {
    if (!isLast(get)) return undefined
    const compiler = instance[name] as Compiler | undefined
    if (compiler === undefined || ownCompilers.has(compiler)) return undefined
    return (spec) => compileWhenCalled(compiler, spec, isBlocking)
  }
  deferring.add(get)
  Object.defineProperty(route, name, {
    configurable: true,
    enumerable: true,
    get,
    set (value: unknown) {
      Object.defineProperty(route, name, { value, writable: true, configurable: true, enumerable: true })
    }
  })
}

type Compiler = (spec: Spec) => Compiled | undefined
interface Spec { schema?: { $id?: string }, httpPart?: string }
type Compiled = (...parameters: unknown[]) => unknown

const find = Symbol('fastify-blocking.find')

interface Deferred {
  id: string | undefined
  getCompiled (): Compiled
}

/** What each compiler is to compile, in the order in which Fastify compiles. */
const deferredBy = new WeakMap<Compiler, Deferred[]>()

/** Returns a function that is compiled when it is called, or one of its members is read. */
function compileWhenCalled (compiler: Compiler, spec: Spec, isBlocking: boolean): Compiled {
  const id = spec.schema?.$id
  const deferred = deferredBy.get(compiler) ?? []
  deferredBy.set(compiler, deferred)
  const earlier = deferred.length
  let compiled: Compiled | undefined
  const getCompiled = (): Compiled => {
    if (compiled !== undefined) return compiled
    waiting.delete(getCompiled)
    // A factory of the app may give no function: then Fastify would not validate, or serialize by itself.
    const none: Compiled = spec.httpPart === undefined ? (value) => JSON.stringify(value) : () => true
    const made = compileAfter(deferred.slice(0, earlier), compiler, spec) ?? none
    compiled = made
    return made
  }
  deferred.push({ id, getCompiled })
  const run = (...parameters: unknown[]): unknown => getCompiled()(...parameters)
  Reflect.set(run, find, getCompiled)
  if (isBlocking && waiting.size < maxWaiting) waiting.add(getCompiled)
  return Object.setPrototypeOf(run, deferredPrototype) as Compiled
}

/**
 * With Ajv's option `addUsedSchema` a compiler keeps schemas that have an id: of several with the same one it
 * gives what it has compiled first, and a schema may refer to those before it.
 */
function compileAfter (
  earlier: readonly Deferred[], compiler: Compiler, spec: Spec
): Compiled | undefined {
  const id = spec.schema?.$id
  if (id !== undefined) tryAll(earlier.filter((other) => other.id === id).slice(0, 1))
  try {
    return compiler(spec)
  } catch {
    tryAll(earlier)
    return compiler(spec)
  }
}

function tryAll (deferred: readonly Deferred[]): void {
  for (const { getCompiled } of deferred) tryToCompile(getCompiled)
}

function tryToCompile (compile: () => Compiled): void {
  try {
    compile()
  } catch {} // it fails when a request needs it
}

/** The members of Ajv's functions. Fastify reads `schemaEnv` and `errors`. */
const deferredPrototype = Object.create(Function.prototype, Object.fromEntries(
  ['$async', 'errors', 'schema', 'schemaEnv', 'evaluated', 'source'].map((name) => [name, {
    get (this: { [find]: () => object }) { return Reflect.get(this[find](), name) as unknown },
    set (this: { [find]: () => object }, value: unknown) { Reflect.set(this[find](), name, value) }
  }])
)) as object
