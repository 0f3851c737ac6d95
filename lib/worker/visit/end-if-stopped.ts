import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import { RawResponse } from './raw-response.js'
import type { WorkerVisit } from './visit.js'

/**
 * Ends a visit whose dependencies were ended by a time limit, by a client that has hung up, or because the
 * app closes: nothing that follows is an answer. `thrown` is the handler's error, `out` the failure that has
 * come out of the dependencies. Returns false if nothing has stopped the dependencies.
 */
export function endIfStopped (
  visit: WorkerVisit, reply: FastifyReply, thrown: Failure | undefined, out: Failure | undefined
): boolean {
  const stopped = visit.planRun?.stopped
  if (stopped === undefined) return false
  if (thrown !== undefined && thrown.error !== stopped.error) {
    reply.log.error({ err: thrown.error }, 'fastify-blocking: an error after the request was over')
  }
  if (out !== undefined && out.error !== stopped.error && out.error !== thrown?.error) {
    reply.log.error({ err: out.error }, 'fastify-blocking: a teardown failed after the request was over')
  }
  visit.fail(stopped.error)
  const raw: unknown = reply.raw
  // Lets code that awaits the reply go on.
  if (raw instanceof RawResponse) raw.abort()
  return true
}
