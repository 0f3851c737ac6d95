import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Failure } from './request-scope.js'

/**
 * An error goes through the generators before the error handler has it, which is given what comes out. Not in an `onError`
 * hook: that cannot change the error, and while one runs a time limit that ends the request would end the process.
 * `close` gives undefined if there is nothing to end, and comes to undefined if another answer has been given meanwhile.
 */
export function teardownBeforeErrorHandler (route: RouteOptions, close: (request: FastifyRequest, error: unknown, reply: FastifyReply) => Promise<Failure | undefined> | undefined): void {
  const { errorHandler: own } = route
  route.errorHandler = function closeThenHandle (this: FastifyInstance, error, request, reply): unknown {
    const closing = close(request, error, reply)
    // What an error handler rejects with goes to that of the context; what it throws only if it is an Error.
    if (closing === undefined && own === undefined) return Promise.reject(error)
    if (closing === undefined) return own!.call(this, error, request, reply)
    return closing.then((failure) => {
      if (failure === undefined) return reply
      if (own === undefined) throw failure.error
      const result: unknown = own.call(this, failure.error as typeof error, request, reply)
      return result === undefined ? reply : result
    })
  }
}
