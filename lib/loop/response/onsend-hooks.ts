import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { UnknownVersion } from '../../errors.js'
import { findInvalidHeader } from './check-head.js'

/*
 * A long text may come from the worker as bytes, unless an `onSend` hook would get a Buffer where it has
 * always got a string. Fastify has no API that tells all hooks of a route, but printRoutes() prints their
 * names. So each blocking route gets a hook of its own, whose name is printed beside the names of the others,
 * or alone.
 */

/**
 * Adds the route's own hook. It is the last onSend hook, and so it also checks the head that is about to
 * leave.
 */
export function tagOnSend (route: RouteOptions, tag: string): void {
  const hook = (
    _request: unknown, reply: FastifyReply, payload: unknown, done: (error?: unknown) => void
  ): void => done(findInvalidHeader(reply, payload))
  Object.defineProperty(hook, 'name', { value: `blocking:${tag}` })
  route.onSend = [...[route.onSend ?? []].flat(), hook]
}

/**
 * Tags of routes that lack certain hooks. A route whose printed line is not understood is left out: its
 * answers are slower, never wrong.
 */
export interface FoundRoutes {
  /** Routes without any `onSend` hook but those of this package. */
  withoutOnSend: ReadonlySet<string>
  /** Routes that have no `onResponse` hook either: no hook reads the request after the handler. */
  withoutOnResponse: ReadonlySet<string>
}

/** `hasTags` tells whether the app has any route with a tag. */
export function findRoutesByHooks (fastify: FastifyInstance, hasTags: boolean): FoundRoutes {
  const printed = fastify.printRoutes({ includeMeta: ['onSend', 'onResponse'], commonPrefix: false })
  // printRoutes() prints the name of every hook, in whatever format.
  if (hasTags && !/"blocking:\w+\(\)"/.test(printed)) {
    fastify.log.warn(new UnknownVersion(
      'fastify',
      fastify.version,
      'names of hooks in what printRoutes() gives; long texts cross more slowly'
    ))
  }
  const lines = printed.split('\n')
  const [withoutOnSend, withoutOnResponse] = [new Set<string>(), new Set<string>()]
  for (const [index, line] of lines.entries()) {
    const [, tag] = /\(onSend\) \[(?:"teardownOnSend\(\)", )?"blocking:(\w+)\(\)"\]$/.exec(line) ?? []
    if (tag === undefined) continue
    withoutOnSend.add(tag)
    if (lines[index + 1]?.includes('• (onResponse)') !== true) withoutOnResponse.add(tag)
  }
  return { withoutOnSend, withoutOnResponse }
}
