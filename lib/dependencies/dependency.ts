import type {
  ContextDependencies, FastifyInstance, FastifyReply, FastifyRequest, FastifyTypeProvider,
  RawRequestDefaultExpression, RawServerDefault, RouteGenericInterface
} from 'fastify'
import { isAsyncFunction, isGeneratorFunction } from '../function-kind.js'
import type { DependencyOptions } from '../options/schemas.cjs'
import { check } from '../options/validate.js'
import { checkFunction, checkOptions } from './check-declaration.js'
import type { OfApp, ValueFor } from './misuse-types.js'
import type { SchemaTypes } from './schema-types.js'

// A symbol of the global registry: another copy of this package recognizes a dependency by it.
const brand: unique symbol = Symbol.for('fastify-blocking.dependency')

/**
 * A function made a dependency by `dependency()`. Routes and other dependencies name it in their
 * `dependencies`, and get the value that it returns or yields.
 */
export interface Dependency<
  Value = unknown, Lifetime extends 'request' | 'app' = 'request' | 'app', Blocking extends boolean = boolean
> {
  readonly [brand]: true
  /** Name of the function; '' if it has none. */
  readonly name: string
  readonly run: (
    first: FastifyRequest | FastifyInstance, dependencies: Record<string, unknown>, reply?: FastifyReply
  ) => unknown
  readonly isGenerator: boolean
  /** Option `generator`; undefined if left out: the function, or the value that it returns, decides. */
  readonly generator: boolean | undefined
  readonly isAsync: boolean
  /** Whether the function runs in a worker thread; undefined: the plugin's option `dispatch` decides. */
  readonly blocking: Blocking | undefined
  /**
   * The object as declared. It may have getters for dependencies that are not defined yet, so
   * `readDependencies` reads it when a route uses it, and not before.
   */
  readonly dependencies: Readonly<Record<string, Dependency>>
  readonly schema: DependencySchema | undefined
  /** Alternatives, of which a client has to meet one; undefined if left out. */
  readonly security: readonly SecurityRequirement[] | undefined
  /** true: called once per request; false: called once per use. */
  readonly cache: boolean
  readonly lifetime: Lifetime
  /** When the function is called. */
  readonly hook: DependencyHook
  /** When a generator is torn down; undefined if left out, which is "onSend". */
  readonly endsAt: EndsAt | undefined
  /** Set by `fresh()` and `withScopes()`: the dependency of which this is a use. */
  readonly original?: Dependency
  /** Set by `fresh()`: the use has a value of its own. */
  readonly isFresh?: true
  /** Set by `withScopes()`: scopes that the use asks for. */
  readonly scopes?: readonly string[]
  /** Set if the function reads cookies although it has no schema of these. */
  readonly readsCookies?: true
  /** Set for `requiredScopes` alone. */
  readonly givesScopes?: true
  /** Type of the value. Exists in types alone. */
  readonly '~gives'?: () => Value
}

/**
 * When a generator is torn down, in the order of a request. "preSerialization": before the answer is
 * serialized; an answer that is not serialized has no such time, and it is "onSend" then. "onSend": before
 * the first byte of the answer leaves, or when a stream is over. "onResponse": when the response is over.
 */
export type EndsAt = (typeof ends)[number]
export const ends = ['preSerialization', 'onSend', 'onResponse'] as const

export type Dependencies = Readonly<Record<string, Dependency>>

/**
 * Schemas of the parts of a request that a dependency reads: JSON schemas, or what the validator compiler of
 * the route takes, such as schemas of zod. They are merged into the schema of each route that uses the
 * dependency, so the parts are validated before any dependency runs. Schemas that cannot be merged fail the
 * boot: FST_BLOCKING_SCHEMA_CONFLICT.
 */
export interface DependencySchema extends NonNullable<DependencyOptions['schema']> {}

/**
 * When the function of a dependency is called, in the order of a request. "handler": before the handler, when
 * the request has been validated. "onRequest" and "preValidation": in Fastify's hook of that name, on the
 * loop, before anything is validated.
 */
export type DependencyHook = (typeof dependencyHooks)[number]
export const dependencyHooks = ['onRequest', 'preValidation', 'handler'] as const

/**
 * A security requirement of OpenAPI: by the name of each security scheme that is needed, the scopes.
 * `{ oauth: ['items:read'], apiKey: [] }` needs both.
 */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

/** The descriptions of options are those of their schemas in options/schemas.cts. */
export interface RequestDependencyOptions<
  Own extends Dependencies, Schema extends DependencySchema, Blocking extends boolean
> extends DependencyOptions {
  blocking?: Blocking
  dependencies?: Own
  schema?: Schema & DependencySchema
  security?: readonly SecurityRequirement[]
  lifetime?: 'request'
  hook?: DependencyHook
}

export interface AppDependencyOptions<Own extends Dependencies, Blocking extends boolean>
  extends Pick<DependencyOptions, 'blocking' | 'dependencies' | 'generator' | 'lifetime'> {
  blocking?: Blocking
  dependencies?: Own & OfApp<Own, Blocking>
  lifetime: 'app'
}

/** The request that a dependency with that schema gets: the schema types its parts. */
export type DependencyRequest<
  Schema extends DependencySchema, TypeProvider extends FastifyTypeProvider = SchemaTypes
> = WithCookies<
  FastifyRequest<RouteGenericInterface, RawServerDefault, RawRequestDefaultExpression, Schema, TypeProvider>,
  Schema,
  TypeProvider
>

/** A request whose cookies have the type of their schema, if there is one. */
type WithCookies<Request, Schema, TypeProvider> = Schema extends { cookies: infer Part }
  ? Omit<Request, 'cookies'> & { cookies: CallValidatorTypeProvider<TypeProvider, Part> }
  : Request

type CallValidatorTypeProvider<TypeProvider, Part> =
  (TypeProvider & { schema: Part }) extends { validator: infer Value } ? Value : unknown

/**
 * The value of a dependency whose function returns `Result`: what a generator yields, what a promise resolves
 * to. If the function returns the reply, nobody gets a value.
 */
export type ValueOf<Result> = Result extends FastifyReply ? never
  : Result extends Generator<infer Value> | AsyncGenerator<infer Value>
    ? Awaited<Value>
    : Awaited<Result>

/**
 * The values of those dependencies, by name, for a function whose option `blocking` is `Blocking`; boolean if
 * it is not known on which side the function runs.
 */
export type Values<Own, Blocking extends boolean = boolean> = {
  readonly [Name in keyof Own]: ValueFor<Own[Name], Blocking>
}

declare module 'fastify' {
  /**
   * Augment this interface with the dependencies of `addDependencies`, so that `request.dependencies` has
   * their types:
   * `declare module 'fastify' { interface ContextDependencies { session: typeof session } }`
   */
  interface ContextDependencies {}
}

/**
 * `request.dependencies` of a route with these generics; the route's own dependency wins over a context's.
 */
export type RouteDependencies<RouteGeneric> = RouteGeneric extends { Dependencies: infer Own }
  ? string extends keyof Own
    ? Values<ContextDependencies> & Readonly<Record<string, unknown>>
    : {
        readonly [Name in keyof Own | keyof ContextDependencies]: ValueFor<
          Name extends keyof Own
            ? Own[Name]
            : Name extends keyof ContextDependencies ? ContextDependencies[Name] : never,
          boolean
        >
      }
  : Values<ContextDependencies>

/** No dependencies. */
export type None = {}

/** The type of `dependency()`. */
export interface DeclareDependency<TypeProvider extends FastifyTypeProvider = SchemaTypes> {
  /**
   * Makes a function a dependency, which routes and other dependencies name in their `dependencies`. The
   * function gets the request, the values of its own dependencies, and the reply. Throws
   * FST_BLOCKING_INVALID_OPTION.
   */
  <Result> (
    run: (request: FastifyRequest, dependencies: None, reply: FastifyReply) => Result
  ): Dependency<ValueOf<Result>, 'request'>
  /**
   * Makes a function a dependency that lives as long as the app: called once on the loop, or once per worker,
   * before the first request. The function gets the Fastify instance, and the values of its own dependencies.
   * Throws FST_BLOCKING_INVALID_OPTION.
   */
  <Result, Own extends Dependencies = None, Blocking extends boolean = boolean> (
    options: AppDependencyOptions<Own, Blocking>,
    run: (fastify: FastifyInstance, dependencies: Values<Own, Blocking>) => Result
  ): Dependency<ValueOf<Result>, 'app', Blocking>
  /**
   * Makes a function a dependency, which routes and other dependencies name in their `dependencies`. The
   * function gets the request, the values of its own dependencies, and the reply. Throws
   * FST_BLOCKING_INVALID_OPTION.
   */
  <
    Result, Own extends Dependencies = None, const Schema extends DependencySchema = None,
    Blocking extends boolean = boolean
  > (
    options: RequestDependencyOptions<Own, Schema, Blocking>,
    run: (
      request: DependencyRequest<Schema, TypeProvider>, dependencies: Values<Own, Blocking>,
      reply: FastifyReply
    ) => Result
  ): Dependency<ValueOf<Result>, 'request', Blocking>
  /**
   * Returns `dependency` itself, typed by a type provider of Fastify: the `request` of a dependency has the
   * types that the provider derives from the `schema`. Changes nothing at run time.
   */
  withTypeProvider<Provider extends FastifyTypeProvider> (): DeclareDependency<Provider>
}

export const dependency = Object.assign(declareDependency, {
  withTypeProvider: () => dependency
}) as DeclareDependency

function declareDependency (...args: [run: unknown] | [options: unknown, run: unknown]): Dependency {
  const [options, run] = args.length === 1 ? [{}, args[0]] : args
  const name = typeof run === 'function' ? run.name : ''
  const where = `dependency ${name}`.trimEnd()
  checkFunction(run, where)
  check('dependency', options, `${where}: option `)
  const {
    blocking, dependencies = {}, schema, security, generator, cache = true, lifetime = 'request',
    hook = 'handler', endsAt
  } = options
  checkOptions(where, options)
  return Object.freeze<Dependency>({
    [brand]: true,
    name,
    run,
    isGenerator: generator ?? isGeneratorFunction(run),
    generator,
    isAsync: isAsyncFunction(run),
    blocking,
    // readDependencies() checks the entries later: a getter may name a dependency that is not defined yet.
    dependencies: dependencies as Dependencies,
    schema,
    security,
    cache,
    lifetime,
    hook,
    endsAt
  })
}

/** Whether a value was made by `dependency()`, of this or of another copy of this package. */
export function isDependency (value: unknown): value is Dependency {
  return typeof value === 'object' && value !== null && brand in value && value[brand] === true
}
