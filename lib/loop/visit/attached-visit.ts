import type { FastifyRequest } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'

/** A visit as other code sees it that may end the request. */
export interface AttachedVisit {
  /** Whether the visit sends a streamed answer, or has sent one. */
  readonly isStreaming: boolean
  /** Called when Fastify is about to send an answer that is not the visit's. */
  answeredElsewhere (): void
  /**
   * Called when Fastify's own time limit is over, before its error is sent. Returns undefined if that error
   * is to be sent. Returns a promise if the visit is completing: of undefined if it ends within the grace
   * period, since its answer counts then, otherwise of the failure. If the visit is still queued, returns the
   * promise of the teardown on the loop, or undefined.
   */
  expire (error: Error): Promise<Failure | undefined> | undefined
}

// A property: an entry of a WeakMap for each request would cost the garbage collector more.
const key = Symbol('fastify-blocking.visit')

export function attachVisit (request: FastifyRequest, visit: AttachedVisit): void {
  Reflect.set(request, key, visit)
}

/** Returns the visit of a request whose route has dependencies. */
export function findAttachedVisit (
  request: FastifyRequest & { [key]?: AttachedVisit }
): AttachedVisit | undefined {
  return request[key]
}
