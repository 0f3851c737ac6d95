import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Failure } from './failure.js'

/**
 * Tears down the generators before the error handler runs: the error is thrown into them, and the error
 * handler gets the failure that results. An `onError` hook cannot do this: it cannot change the error, and a
 * time limit that ends the request while such a hook is pending would end the process.
 *
 * `close` returns undefined if there is nothing to tear down. Its promise resolves to undefined if another
 * answer has been given meanwhile.
 */
export function teardownBeforeErrorHandler (
  route: RouteOptions,
  close: (
    request: FastifyRequest, error: unknown, reply: FastifyReply
  ) => Promise<Failure | undefined> | undefined
): void {
  const { errorHandler: own } = route
  route.errorHandler = function closeThenHandle (this: FastifyInstance, error, request, reply): unknown {
    const closing = close(request, error, reply)
    // Reject rather than throw: Fastify passes any rejection of an error handler on to the error handler of
    // the context, but a thrown value only if it is an Error.
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
