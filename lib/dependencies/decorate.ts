import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Contexts } from './contexts.js'
import type { Dependency } from './declare.js'

/** `addDependencies`, `overrideDependency` and `request.dependencies`, in the context of the registration and below. */
export function decorateDependencies (fastify: FastifyInstance, contexts: Contexts): void {
  fastify.decorate('addDependencies', function addDependencies (this: FastifyInstance, dependencies: Readonly<Record<string, Dependency>>) {
    contexts.add(this, dependencies)
    return this
  })
  fastify.decorate('overrideDependency', function overrideDependency (this: FastifyInstance, real: Dependency, fake: Dependency) {
    contexts.override(real, fake)
    return this
  })
  // A getter, since of a value each request would have a property of its own.
  if (!fastify.hasRequestDecorator('dependencies')) fastify.decorateRequest('dependencies', { getter: () => none })
}

const none: Readonly<Record<string, unknown>> = Object.freeze({})

/** Gives a request what its handler asks for. */
export function provide (request: FastifyRequest, dependencies: Record<string, unknown>): void {
  Object.defineProperty(request, 'dependencies', { value: dependencies, writable: true, configurable: true, enumerable: true })
}
