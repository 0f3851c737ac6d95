import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { findMisframed } from './framing.js'

/*
 * A long text may come from the worker as bytes, unless an `onSend` hook would be given a Buffer where it has
 * always seen a string. Fastify has no API that tells which hooks a route has in the end, but it prints them:
 * each blocking route gets a hook of its own, whose name is printed beside the others', or alone.
 */

/** The hook is the last one, and so it looks at the head that is about to leave. */
export function markOnSend (route: RouteOptions, mark: string): void {
  const hook = (_request: unknown, reply: FastifyReply, payload: unknown, done: (error?: unknown) => void): void => done(findMisframed(reply, payload))
  Object.defineProperty(hook, 'name', { value: `blocking:${mark}` })
  route.onSend = [...[route.onSend ?? []].flat(), hook]
}

/** Marks of the routes without any other `onSend` hook. What is not understood is left out: slower, never wrong. */
export function findBytesRoutes (fastify: FastifyInstance): Set<string> {
  const printed = fastify.printRoutes({ includeMeta: ['onSend'], commonPrefix: false })
  return new Set([...printed.matchAll(/\(onSend\) \[(?:"closeCourse\(\)", )?"blocking:(\w+)\(\)"\]$/gm)].map(([, mark]) => mark!))
}
