import type { FastifyInstance, RouteOptions } from 'fastify'
import { DeclaredTooLate, InvalidOption } from '../errors.js'
import { type Dependency, isDependency, readDependencies } from './dependency.js'

export type Level = Readonly<Record<string, Dependency>>

interface Context {
  dependencies: Record<string, Dependency>
  /** A route of this context, or of one below, that would have missed what is added now. */
  route: string | undefined
}

// On the context, not by registration: what an outer context demands holds for the routes of a registration inside it too, be
// that another copy of this package.
const ofContext = Symbol.for('fastify-blocking.context')
const overridesOf = new WeakMap<object, Map<Dependency, Dependency>>()

/** What `addDependencies` and `overrideDependency` have been told. */
export class ContextDependencyRegistry {
  readonly overrides: Map<Dependency, Dependency>
  #isReady = false

  constructor ({ server }: FastifyInstance) {
    this.overrides = overridesOf.get(server) ?? new Map<Dependency, Dependency>()
    overridesOf.set(server, this.overrides)
  }

  add (fastify: FastifyInstance, dependencies: unknown): void {
    const context = contextOf(fastify)
    if (context.route !== undefined) throw new DeclaredTooLate('addDependencies', `route ${context.route} was added`)
    for (const [name, dependency] of Object.entries(readDependencies(dependencies, `addDependencies in the context "${fastify.prefix}"`))) {
      if (Object.hasOwn(context.dependencies, name)) {
        throw new InvalidOption('addDependencies', `the context "${fastify.prefix}" has a dependency of the name ${name} already; give it another one`)
      }
      context.dependencies[name] = dependency
    }
  }

  override (real: unknown, fake: unknown): void {
    for (const [which, value] of Object.entries({ real, fake })) {
      if (!isDependency(value)) throw new InvalidOption('overrideDependency', `the ${which} one is not a dependency; wrap the function in dependency()`)
    }
    if (this.#isReady) throw new DeclaredTooLate('overrideDependency', 'the app was ready')
    this.overrides.set(real as Dependency, fake as Dependency)
  }

  /** From then on nothing can be added. */
  close (): void {
    this.#isReady = true
  }

  /** The levels of a route, outermost first; contexts without any are left out. */
  levelsOf (fastify: FastifyInstance, { dependencies }: RouteOptions, key: string): Level[] {
    const levels: Level[] = dependencies === undefined ? [] : [readDependencies(dependencies, `route ${key}`)]
    // A context has the one around it as its prototype.
    for (let instance = fastify; 'server' in instance; instance = Object.getPrototypeOf(instance) as FastifyInstance) {
      const context = contextOf(instance)
      context.route ??= key
      if (Object.keys(context.dependencies).length > 0) levels.unshift(context.dependencies)
    }
    return levels
  }

  /** Whether the context, or one around it, gives its routes dependencies. */
  hasAny (fastify: FastifyInstance): boolean {
    for (let instance = fastify; 'server' in instance; instance = Object.getPrototypeOf(instance) as FastifyInstance) {
      if (Object.keys(contextOf(instance).dependencies).length > 0) return true
    }
    return false
  }
}

function contextOf (instance: FastifyInstance & { [ofContext]?: Context }): Context {
  // Not the inherited one.
  if (!Object.hasOwn(instance, ofContext)) Object.defineProperty(instance, ofContext, { value: { dependencies: {}, route: undefined } })
  return instance[ofContext]!
}
