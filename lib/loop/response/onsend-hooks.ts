import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { UnknownVersion } from '../../errors.js'
import { findInvalidHeader } from './check-head.js'

/*
 * A long text may come from the worker as bytes, unless an `onSend` hook would be given a Buffer where it has
 * always seen a string. Fastify has no API that tells which hooks a route has in the end, but it prints them:
 * each blocking route gets a hook of its own, whose name is printed beside the others', or alone.
 */

/** The hook is the last one, and so it looks at the head that is about to leave. */
export function tagOnSend (route: RouteOptions, mark: string): void {
  const hook = (_request: unknown, reply: FastifyReply, payload: unknown, done: (error?: unknown) => void): void => done(findInvalidHeader(reply, payload))
  Object.defineProperty(hook, 'name', { value: `blocking:${mark}` })
  route.onSend = [...[route.onSend ?? []].flat(), hook]
}

/** Marks of routes, by what their hooks leave them. What is not understood is left out: slower, never wrong. */
export interface FoundRoutes {
  /** Without any other `onSend` hook. */
  withoutOnSend: ReadonlySet<string>
  /** And without an `onResponse` hook: nobody looks at the request after the handler. */
  withoutOnResponse: ReadonlySet<string>
}

/** `hasMarks` is whether there is any. */
export function findRoutesByHooks (fastify: FastifyInstance, hasMarks: boolean): FoundRoutes {
  const printed = fastify.printRoutes({ includeMeta: ['onSend', 'onResponse'], commonPrefix: false })
  // Each has its name there, whatever stands beside it.
  if (hasMarks && !/"blocking:\w+\(\)"/.test(printed)) fastify.log.warn(new UnknownVersion('fastify', fastify.version, 'names of hooks in what printRoutes() gives; long texts cross more slowly'))
  const lines = printed.split('\n')
  const [withoutOnSend, withoutOnResponse] = [new Set<string>(), new Set<string>()]
  for (const [index, line] of lines.entries()) {
    const [, mark] = /\(onSend\) \[(?:"teardownOnSend\(\)", )?"blocking:(\w+)\(\)"\]$/.exec(line) ?? []
    if (mark === undefined) continue
    withoutOnSend.add(mark)
    if (lines[index + 1]?.includes('• (onResponse)') !== true) withoutOnResponse.add(mark)
  }
  return { withoutOnSend, withoutOnResponse }
}
