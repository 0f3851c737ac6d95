import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Failure } from './scope.js'

/*
 * An error that Fastify is about to handle goes through the generators in an `onError` hook, which cannot change it. What
 * one of them has thrown in its place is exchanged for it when it comes to the route's error handler.
 */

const replacements = new WeakMap<FastifyRequest, Failure>()

export function replaceError (request: FastifyRequest, error: unknown, failure: Failure | undefined): void {
  if (failure !== undefined && failure.error !== error) replacements.set(request, failure)
}

export function handleReplacement (route: RouteOptions): void {
  const { errorHandler: own } = route
  route.errorHandler = function handleReplaced (this: FastifyInstance, error, request, reply): unknown {
    const failure = replacements.get(request) ?? { error }
    replacements.delete(request)
    if (own !== undefined) return own.call(this, failure.error as typeof error, request, reply)
    // What an error handler throws goes to that of the context.
    if (failure.error instanceof Error) throw failure.error
    return request.server.errorHandler(failure.error as typeof error, request, reply)
  }
}
