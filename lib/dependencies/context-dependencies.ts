import type { FastifyInstance, RouteOptions } from 'fastify'
import { DeclaredTooLate, InvalidOption } from '../errors.js'
import type { Dependency } from './dependency.js'
import { Overrides } from './overrides.js'
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

/** Dependencies given by `addDependencies`, and the overrides of the server. */
export class ContextDependencyRegistry {
  readonly overrides: Overrides

  constructor (fastify: FastifyInstance) {
    this.overrides = Overrides.of(fastify)
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
