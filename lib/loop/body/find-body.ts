import type { FastifyRequest } from 'fastify'
import { type BodySender, createBodySender } from './body-sender.js'
import { CollectedBody } from './collected-body.js'
import { findDeferredBody } from './deferred-parsing.js'
import { findKnownBytes, type KnownBytes } from './known-bytes.js'

/**
 * Returns the bytes of a body that the loop has read, or the sender of a body that the worker is to read;
 * undefined for a request without a body, or with one that crosses as a value. `isDeferred`: see MarkedRoute.
 */
export function findBody (
  request: FastifyRequest, route: string, isDeferred: boolean
): KnownBytes | BodySender | undefined {
  if (isDeferred) {
    const body = findDeferredBody(request, route)
    return body instanceof CollectedBody ? { bytes: body, isParsed: false } : body
  }
  // request.body is not read where the bytes are known: reading counts, or parses.
  return findKnownBytes(request) ?? createBodySender(route, request)
}
