import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { createBare } from '../../bare-instance.js'
import { UnknownVersion } from '../../errors.js'

/*
 * Has Fastify compile the schemas of a worker's routes when a request first needs them. Compilation is nine
 * tenths of the boot of an app with many schemas, and a worker needs few of them. What cannot be compiled
 * has failed on the main thread, where all is compiled at boot.
 *
 * Fastify has no option for this. It reads the compilers in a route's options several times for each path of
 * the route, and compiles with what it reads last. The reads before decide whether it sets up the compiler of
 * the context, and whether header names in a schema are lower-cased: these get undefined, as from a route
 * without a compiler of its own, and so do reads by others. learnReads() checks at boot that Fastify still
 * does so.
 */

const names = ['validatorCompiler', 'serializerCompiler'] as const
type CompilerName = (typeof names)[number]

/** How often Fastify reads a compiler for one path: when the route is added, and when the app is ready. */
interface Reads {
  whenAdded: number
  whenReady: number
}

/** Undefined if Fastify reads otherwise than expected. */
let knownReads: Record<CompilerName, Reads> | undefined

/** The file of Fastify that reads them. */
let readingFile: string | null | undefined

/** A route's options as onRoute hooks get them. */
type AddedRoute = RouteOptions & { routePath?: string }

/** Compilers that the app has set by setValidatorCompiler() or setSerializerCompiler(): these run at boot. */
const ownCompilers = new WeakSet<object>()

/** To be called before an instance of the app is made. */
export async function learnReads (): Promise<void> {
  const paths = 3
  const count = { validatorCompiler: 0, serializerCompiler: 0 }
  const adding = readBy((_route, name) => function countRead () {
    count[name]++
    readingFile = findReader(countRead)
    return () => () => true // or Fastify would compile
  })
  await adding.after()
  const added = { ...count }
  await adding.ready()
  const learnt = (name: CompilerName): Reads => ({
    whenAdded: added[name] / paths, whenReady: (count[name] - added[name]) / paths
  })
  const reads = {
    validatorCompiler: learnt('validatorCompiler'), serializerCompiler: learnt('serializerCompiler')
  }
  const compiled: string[] = []
  const compile = (spec: unknown): (() => boolean) => {
    compiled.push(JSON.stringify(spec))
    return () => true
  }
  const bare = readBy((route, name) => {
    const isLast = watchReads(route, reads[name])
    return function read () { return isLast(read) ? compile : undefined }
  })
  await bare.ready()
  const isAsExpected = compiled.length === 2 * paths &&
    compiled.every((spec, index) => spec.includes(index % 2 === 0 ? '"x-name"' : '"httpStatus"'))
  if (isAsExpected) knownReads = reads
  else {
    const { message, code } = new UnknownVersion(
      'fastify', bare.version, 'the order of reads by which schemas are compiled late; workers boot slowly'
    )
    process.emitWarning(message, { code })
  }
}

/** Makes an instance with a route of one path and one of two, whose compilers `makeGetter` gives. */
function readBy (makeGetter: (route: AddedRoute, name: CompilerName) => Getter): FastifyInstance {
  const bare = createBare(() => Fastify({ exposeHeadRoutes: false }))
  bare.addHook('onRoute', (route) => {
    for (const name of names) Object.defineProperty(route, name, { get: makeGetter(route, name) })
  })
  const headers = { type: 'object', properties: { 'X-Name': { type: 'string' } } }
  const schema = { headers, response: { 200: { type: 'string' } } }
  bare.get('/', { schema }, () => '')
  bare.register(async (context) => { context.get('/', { schema }, () => '') }, { prefix: '/prefix' })
  return bare
}

/**
 * Returns a function to be called at each read of a compiler, with the getter. It returns whether Fastify
 * compiles with what it reads. Fastify adds the route "/" of a context with a prefix twice, without the slash
 * and with it, from the same options, in which it changes `routePath`.
 */
function watchReads (route: AddedRoute, { whenAdded, whenReady }: Reads): (getter: Getter) => boolean {
  let path = route.routePath
  let paths = 1
  let reads = 0
  return (getter) => {
    if (findReader(getter) !== readingFile) return false
    if (route.routePath !== path) {
      path = route.routePath
      paths++
    }
    const sinceReady = ++reads - paths * whenAdded
    return sinceReady > 0 && sinceReady % whenReady === 0
  }
}

type Getter = () => unknown

/** Returns the file that reads the property of a getter. Reads call sites as callingFile() does, but one. */
function findReader (getter: Getter): string | null | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error
  const holder: { stack?: NodeJS.CallSite[] } = {}
  try {
    Error.stackTraceLimit = 1
    Error.prepareStackTrace = (_error, sites) => sites
    Error.captureStackTrace(holder, getter)
    return holder.stack![0]?.getFileName()
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  }
}

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
  if (knownReads === undefined || route.schema === undefined) return
  for (const name of names) {
    const { get: before } = Object.getOwnPropertyDescriptor(route, name) ?? {}
    if (before === undefined ? route[name] === undefined : deferring.has(before)) {
      defer(instance, route, name, knownReads[name], isBlocking)
    }
  }
}

/** Getters of this module. */
const deferring = new WeakSet<Getter>()

function defer (
  instance: FastifyInstance, route: RouteOptions, name: CompilerName, reads: Reads, isBlocking: boolean
): void {
  const isLast = watchReads(route, reads)
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
