import type { FastifyReply, RouteOptions } from 'fastify'
import { nameOfTag, type PrintedHooks } from '../../routes/printed-hooks.js'
import { findInvalidHeader } from './check-head.js'

/*
 * A long text may come from the worker as bytes, unless an `onSend` hook would get a Buffer where it has
 * always got a string.
 */

/**
 * Adds the route's own hook, whose name has the tag of the route. It is the last onSend hook, and so it also
 * checks the head that is about to leave.
 */
export function tagOnSend (route: RouteOptions, tag: string): void {
  const hook = (
    _request: unknown, reply: FastifyReply, payload: unknown, done: (error?: unknown) => void
  ): void => done(findInvalidHeader(reply, payload))
  Object.defineProperty(hook, 'name', { value: nameOfTag(tag) })
  route.onSend = [...[route.onSend ?? []].flat(), hook]
}

/**
 * Whether a route has no `onSend` hook but those of this package. A route whose hooks are not known has: its
 * answers are slower, never wrong.
 */
export function lacksOnSend (hooks: PrintedHooks | undefined, tag: string): boolean {
  const names = hooks?.onSend ?? []
  const own = names[0] === 'teardownOnSend' ? 2 : 1
  return names.length === own && names.at(-1) === nameOfTag(tag)
}
