import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ContextDependencyRegistry } from './context-dependencies.js'
import type { Dependency } from './dependency.js'

/** `addDependencies`, `overrideDependency` and `request.dependencies`, in the context of the registration and below. */
export function decorateDependencies (fastify: FastifyInstance, contexts: ContextDependencyRegistry): void {
  fastify.decorate('addDependencies', function addDependencies (this: FastifyInstance, dependencies: Readonly<Record<string, Dependency>>) {
    contexts.add(this, dependencies)
    return this
  })
  fastify.decorate('overrideDependency', function overrideDependency (this: FastifyInstance, real: Dependency, fake: Dependency) {
    contexts.override(real, fake)
    return this
  })
  if (!fastify.hasRequestDecorator('dependencies')) {
    fastify.decorateRequest('dependencies', { getter (this: Provided) { return this[provided] ?? none } })
  }
}

// Below a getter, since of a value each request of the app would have a property of its own.
const provided = Symbol('fastify-blocking.dependencies')
const none: Readonly<Record<string, unknown>> = Object.freeze({})

type Provided = FastifyRequest & { [provided]?: Record<string, unknown> }

/** Gives a request what its handler asks for. */
export function provide (request: Provided, dependencies: Record<string, unknown>): void {
  request[provided] = dependencies
}
