import { inspect } from 'node:util'
import type { ContextDependencies, FastifyInstance, FastifyReply, FastifyRequest, FastifyTypeProvider, RawRequestDefaultExpression, RawServerDefault, RouteGenericInterface } from 'fastify'
import { check } from '../options/validate.js'
import { InvalidOption } from '../errors.js'
import { isAsyncFunction, isGeneratorFunction } from '../function-kind.js'

// Of the registry, so that a dependency is known to another copy of this package.
const brand: unique symbol = Symbol.for('fastify-blocking.dependency')

/** A function that a route, or another dependency, wants the value of. */
export interface Dependency<Value = unknown> {
  readonly [brand]: true
  /** Of the function; '' for none. */
  readonly name: string
  readonly run: (first: FastifyRequest | FastifyInstance, dependencies: Record<string, unknown>, reply?: FastifyReply) => unknown
  readonly isGenerator: boolean
  /** What was said of it; undefined for what the function, or what it gives, tells. */
  readonly generator: boolean | undefined
  readonly isAsync: boolean
  /** Whether it runs in a worker thread; undefined for what the route's `dispatch` says. */
  readonly blocking: boolean | undefined
  /** As it was declared: it may have getters, so it is read when the plan is made. See `readDependencies`. */
  readonly dependencies: Readonly<Record<string, Dependency>>
  readonly schema: DependencySchema | undefined
  /** Once per request, or once per use. */
  readonly cache: boolean
  readonly lifetime: 'request' | 'app'
  /** Exists in types alone: what it gives. */
  readonly '~gives'?: () => Value
}

export type Dependencies = Readonly<Record<string, Dependency>>

/** What of a request a dependency reads; each a JSON schema. */
export interface DependencySchema {
  querystring?: unknown
  headers?: unknown
  params?: unknown
  body?: unknown
}

export interface RequestDependencyOptions<Own extends Dependencies, Schema extends DependencySchema> {
  blocking?: boolean
  dependencies?: Own
  schema?: Schema
  /**
   * Whether what the function gives is a generator, or a promise of one, which yields the value and is torn down. Default: whether it is a
   * generator of the language's. FST_BLOCKING_UNKNOWN_GENERATOR asks for it.
   */
  generator?: boolean
  cache?: boolean
  lifetime?: 'request'
}

export interface AppDependencyOptions<Own extends Dependencies> {
  blocking?: boolean
  dependencies?: Own
  /** As of those that live for a request. */
  generator?: boolean
  lifetime: 'app'
}

/** The type that a schema has of itself, as TypeBox's have, whichever copy made it. */
export interface SelfTyped extends FastifyTypeProvider {
  validator: this['schema'] extends { static: infer Value } ? Value : unknown
}

/** The request as a dependency with that schema sees it. */
export type DependencyRequest<Schema extends DependencySchema> =
  FastifyRequest<RouteGenericInterface, RawServerDefault, RawRequestDefaultExpression, Schema, SelfTyped>

/** What a function with that result gives: a generator what it yields. */
export type ValueOf<Result> = Result extends Generator<infer Value> | AsyncGenerator<infer Value> ? Awaited<Value> : Awaited<Result>

/** What those dependencies give, by name. */
export type Values<Own> = { readonly [Name in keyof Own]: ValueOfDependency<Own[Name]> }
type ValueOfDependency<One> = One extends Dependency<infer Value> ? Value : never

declare module 'fastify' {
  /**
   * For what `addDependencies` gives to every route, so that `request.dependencies` has its type:
   * `declare module 'fastify' { interface ContextDependencies { session: typeof session } }`
   */
  interface ContextDependencies {}
}

/** `request.dependencies` of a route with these generics; what the route names itself wins. */
export type RouteDependencies<RouteGeneric> = RouteGeneric extends { Dependencies: infer Own }
  ? string extends keyof Own
    ? Values<ContextDependencies> & Readonly<Record<string, unknown>>
    : { readonly [Name in keyof Own | keyof ContextDependencies]: ValueOfDependency<Name extends keyof Own ? Own[Name] : Name extends keyof ContextDependencies ? ContextDependencies[Name] : never> }
  : Values<ContextDependencies>

/** No dependencies. */
export type None = {}

/** Makes a function a dependency, which routes and other dependencies name in their `dependencies`. */
export function dependency<Result> (run: (request: FastifyRequest, dependencies: None, reply: FastifyReply) => Result): Dependency<ValueOf<Result>>
export function dependency<Result, Own extends Dependencies = None> (
  options: AppDependencyOptions<Own>,
  run: (fastify: FastifyInstance, dependencies: Values<Own>) => Result
): Dependency<ValueOf<Result>>
export function dependency<Result, Own extends Dependencies = None, Schema extends DependencySchema = None> (
  options: RequestDependencyOptions<Own, Schema>,
  run: (request: DependencyRequest<Schema>, dependencies: Values<Own>, reply: FastifyReply) => Result
): Dependency<ValueOf<Result>>
export function dependency (...args: [run: unknown] | [options: unknown, run: unknown]): Dependency {
  const [options, run] = args.length === 1 ? [{}, args[0]] : args
  const name = typeof run === 'function' ? run.name : ''
  const where = `dependency ${name}`.trimEnd()
  checkFunction(run, where)
  check('dependency', options, `${where}: option `)
  const { blocking, dependencies = {}, schema, generator, cache = true, lifetime = 'request' } = options
  if (lifetime === 'app' && !cache) {
    throw new InvalidOption(`${where}: option cache`, 'false is not for lifetime "app", which is made once; leave it out')
  }
  if (lifetime === 'app' && schema !== undefined) {
    throw new InvalidOption(`${where}: option schema`, 'lifetime "app" has no request to validate; leave it out')
  }
  return Object.freeze<Dependency>({
    [brand]: true,
    name,
    run,
    isGenerator: generator ?? isGeneratorFunction(run),
    generator,
    isAsync: isAsyncFunction(run),
    blocking,
    // What they are is checked when they are read.
    dependencies: dependencies as Dependencies,
    schema,
    cache,
    lifetime
  })
}

export function isDependency (value: unknown): value is Dependency {
  return typeof value === 'object' && value !== null && brand in value && value[brand] === true
}

/**
 * The dependencies that a route, a context or another dependency names.
 * `where` names that one: "route GET /statement", "dependency account".
 */
export function readDependencies (record: unknown, where: string): Record<string, Dependency> {
  if (typeof record !== 'object' || record === null || Array.isArray(record) || isDependency(record)) {
    throw new InvalidOption(`${where}: dependencies`, `these are given by name: { user: dependency(…) }. Got ${isDependency(record) ? 'a dependency' : inspect(record, { depth: 1 })}`)
  }
  return Object.fromEntries(Object.entries(record).map(([name, value]) => {
    if (!isDependency(value)) throw new InvalidOption(`${where}: dependencies.${name}`, whatInstead(name, value))
    return [name, value]
  }))
}

function whatInstead (name: string, value: unknown): string {
  switch (typeof value) {
    case 'function': return `a function is not a dependency yet; wrap it in dependency(), from fastify-blocking. Got ${inspect(value)}`
    case 'undefined': return `it is undefined. If two modules import each other, write { get ${name} () { return ${name} } }`
    default: return `it is not made by dependency(). Got ${inspect(value, { depth: 1 })}`
  }
}

function checkFunction (run: unknown, where: string): asserts run is Dependency['run'] {
  if (typeof run !== 'function') {
    throw new InvalidOption(where, `a function must be given: dependency(async (request) => …). Got ${inspect(run, { depth: 1 })}`)
  }
  if (Function.prototype.toString.call(run).startsWith('class')) {
    throw new InvalidOption(where, `a class cannot be called; give () => new ${run.name || 'Class'}()`)
  }
}
