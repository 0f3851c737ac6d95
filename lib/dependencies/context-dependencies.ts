import type { FastifyInstance, RouteOptions } from 'fastify'
import { DeclaredTooLate, InvalidOption } from '../errors.js'
import { type Dependency, isDependency } from './dependency.js'
import { readDependencies } from './read-dependencies.js'

export type Level = Readonly<Record<string, Dependency>>

interface Context {
  dependencies: Record<string, Dependency>
  /** Key of the first route of this context or of one below: dependencies added after it would miss it. */
  route: string | undefined
}

// The dependencies are a property of the context, by a symbol of the global registry, and not of a
// registration: those of an outer context apply to the routes of a registration inside it too, also if that
// one is made by another copy of this package.
const ofContext = Symbol.for('fastify-blocking.context')
const overridesOf = new WeakMap<object, Map<Dependency, Dependency>>()

/** Dependencies given by `addDependencies`, and overrides given by `overrideDependency`. */
export class ContextDependencyRegistry {
  readonly overrides: Map<Dependency, Dependency>
  #isReady = false

  constructor ({ server }: FastifyInstance) {
    this.overrides = overridesOf.get(server) ?? new Map<Dependency, Dependency>()
    overridesOf.set(server, this.overrides)
  }

  add (fastify: FastifyInstance, dependencies: unknown): void {
    const context = contextOf(fastify)
    if (context.route !== undefined) {
      throw new DeclaredTooLate('addDependencies', `route ${context.route} was added`)
    }
    for (const [name, dependency] of Object.entries(readDependencies(dependencies, 'addDependencies in ' +
      `the context "${fastify.prefix}"`))) {
      if (Object.hasOwn(context.dependencies, name)) {
        throw new InvalidOption(
          'addDependencies',
          `the context "${fastify.prefix}" has a dependency of the name ${name} already; give it another one`
        )
      }
      context.dependencies[name] = dependency
    }
  }

  override (real: unknown, fake: unknown): void {
    for (const [which, value] of Object.entries({ real, fake })) {
      if (!isDependency(value)) {
        throw new InvalidOption(
          'overrideDependency', `the ${which} one is not a dependency; wrap the function in dependency()`
        )
      }
      if (value.original !== undefined) {
        throw new InvalidOption(
          'overrideDependency',
          `the ${which} one is a use, by fresh() or withScopes(); name the dependency itself`
        )
      }
    }
    if (this.#isReady) throw new DeclaredTooLate('overrideDependency', 'the app was ready')
    this.overrides.set(real as Dependency, fake as Dependency)
  }

  /** Called when the app is ready: from then on override() throws FST_BLOCKING_DECLARED_TOO_LATE. */
  close (): void {
    this.#isReady = true
  }

  /**
   * Returns the dependencies of a route by level: those of its contexts, outermost first, then its own.
   * Contexts without dependencies are left out. Records the route on each context, which then refuses further
   * dependencies.
   */
  levelsOf (fastify: FastifyInstance, { dependencies }: RouteOptions, key: string): Level[] {
    const levels: Level[] = dependencies === undefined ? [] : [readDependencies(dependencies, `route ${key}`)]
    // Fastify makes the outer context the prototype of the inner one.
    for (
      let instance = fastify;
      'server' in instance;
      instance = Object.getPrototypeOf(instance) as FastifyInstance
    ) {
      const context = contextOf(instance)
      context.route ??= key
      if (Object.keys(context.dependencies).length > 0) levels.unshift(context.dependencies)
    }
    return levels
  }

  /** Whether the context, or one around it, has dependencies for its routes. */
  hasAny (fastify: FastifyInstance): boolean {
    for (
      let instance = fastify;
      'server' in instance;
      instance = Object.getPrototypeOf(instance) as FastifyInstance
    ) {
      if (Object.keys(contextOf(instance).dependencies).length > 0) return true
    }
    return false
  }
}

function contextOf (instance: FastifyInstance & { [ofContext]?: Context }): Context {
  // An own property is needed: a context inherits the properties of the one around it.
  if (!Object.hasOwn(instance, ofContext)) {
    Object.defineProperty(instance, ofContext, { value: { dependencies: {}, route: undefined } })
  }
  return instance[ofContext]!
}
