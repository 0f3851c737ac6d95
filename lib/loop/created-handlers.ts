import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RouteHandler } from '../routes/route-handler.js'
import type { LoopPlanRun } from './plan/plan-run.js'

/** What a route has in the place of its handler. */
export interface CreatedHandlers {
  handle: RouteHandler
  /**
   * Begins the plan run of a request in a hook before the handler; undefined if its plan has no dependency
   * there.
   */
  begin: (request: FastifyRequest, reply: FastifyReply) => LoopPlanRun | undefined
}
