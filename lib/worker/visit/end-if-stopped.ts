import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/request-scope.js'
import { RawResponse } from './raw-response.js'
import type { WorkerVisit } from './visit.js'

/**
 * Ends a visit whose dependencies were ended by a time limit, by the client that has hung up, or since the app closes: what comes
 * after that is no answer. `thrown` is the handler's error, `out` what has come out of the dependencies. False if it is another one.
 */
export function endIfStopped (visit: WorkerVisit, reply: FastifyReply, thrown: Failure | undefined, out: Failure | undefined): boolean {
  const stopped = visit.planRun?.stopped
  if (stopped === undefined) return false
  if (thrown !== undefined && thrown.error !== stopped.error) reply.log.error({ err: thrown.error }, 'fastify-blocking: an error after the request was over')
  if (out !== undefined && out.error !== stopped.error && out.error !== thrown?.error) {
    reply.log.error({ err: out.error }, 'fastify-blocking: a teardown failed after the request was over')
  }
  visit.fail(stopped.error)
  const raw: unknown = reply.raw
  // Whoever awaits the reply goes on.
  if (raw instanceof RawResponse) raw.abort()
  return true
}
