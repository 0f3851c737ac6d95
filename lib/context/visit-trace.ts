import { tracingChannel } from 'node:diagnostics_channel'
import type { FastifyRequest } from 'fastify'

/** Message of the tracing channel `fastify.blocking.visit`. */
export interface VisitTrace {
  /** Key of the route. */
  route: string
  request: FastifyRequest
  /** ms for which the request waited for a worker; set when the wait is over. */
  wait?: number
  /** ms for which the visit ran in the worker; set when the visit is over. */
  run?: number
  /**
   * Error because of which the visit has no answer. An error of the app's own is an answer, and not set here.
   */
  error?: unknown
}

const visits = tracingChannel<unknown, VisitTrace>('fastify.blocking.visit')

/** Returns undefined if the tracing channel has no subscribers. */
export function openTrace (route: string, request: FastifyRequest): VisitTrace | undefined {
  return visits.hasSubscribers ? { route, request } : undefined
}

export function startTraced (trace: VisitTrace, begin: () => void): void {
  visits.start.runStores(trace, begin)
  visits.end.publish(trace)
}

/** Publishes the end of the visit. */
export function endTrace (trace: VisitTrace | undefined, error: unknown): void {
  if (trace === undefined) return
  trace.error ??= error
  if (trace.error !== undefined) visits.error.publish(trace)
  visits.asyncStart.publish(trace)
  visits.asyncEnd.publish(trace)
}
