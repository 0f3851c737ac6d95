import type { FastifyReply, FastifyRequest } from 'fastify'
import { toHookError } from '../../request-errors.js'
import { visitOf } from '../visit/raw-request.js'

/**
 * The last `preSerialization` hook of a blocking route with dependencies that end there. Its name is the same
 * on the loop, see ownHooks.
 */
export function endBeforeSerialization (
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void
): void {
  const { planRun } = visitOf(request) ?? {}
  if (planRun === undefined || planRun.isOver) return done(null, payload)
  planRun.endBeforeSerialization().then((failure) => {
    // Something else ends the dependencies meanwhile: its answer, if there is one, counts.
    if (planRun.isOver) return
    if (failure === undefined) done(null, payload)
    else done(toHookError(failure.error))
  })
}
