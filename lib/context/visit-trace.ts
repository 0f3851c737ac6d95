import { tracingChannel } from 'node:diagnostics_channel'
import type { FastifyRequest } from 'fastify'

/** What subscribers of the tracing channel `fastify.blocking.visit` are given. */
export interface VisitTrace {
  /** Key of the route. */
  route: string
  request: FastifyRequest
  /** ms that it waited for a worker, and was there; set once the one and the other is over. */
  wait?: number
  run?: number
  /** Why there was no answer; an error of the app's own is an answer. */
  error?: unknown
}

const visits = tracingChannel<unknown, VisitTrace>('fastify.blocking.visit')

/** Undefined if nobody traces visits. */
export function openTrace (route: string, request: FastifyRequest): VisitTrace | undefined {
  return visits.hasSubscribers ? { route, request } : undefined
}

export function startTraced (trace: VisitTrace, begin: () => void): void {
  visits.start.runStores(trace, begin)
  visits.end.publish(trace)
}

/** The visit is over. */
export function endTrace (trace: VisitTrace | undefined, error: unknown): void {
  if (trace === undefined) return
  trace.error ??= error
  if (trace.error !== undefined) visits.error.publish(trace)
  visits.asyncStart.publish(trace)
  visits.asyncEnd.publish(trace)
}
