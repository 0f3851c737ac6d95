import type { FastifySchema, RouteOptions } from 'fastify'

/** The parts of a request that have a schema, in the order in which Fastify validates them. */
export const partsOfRequest = ['params', 'body', 'querystring', 'query', 'headers'] as const

/**
 * Leaves parts out of a route's schema, so that Fastify compiles no validation for them. Returns a function
 * that puts them back once Fastify has compiled the rest, for code that documents the route or reads the
 * schema of a request.
 */
export function leaveOut (
  route: RouteOptions, parts: readonly (typeof partsOfRequest)[number][]
): () => void {
  const whole: FastifySchema & { query?: unknown } = route.schema ?? {}
  const rest: typeof whole = { ...whole }
  const left = parts.filter((part) => Object.hasOwn(whole, part))
  for (const part of left) delete rest[part]
  // Replace the route's schema object: other routes may share it.
  if (left.length > 0) route.schema = rest
  return () => {
    for (const part of left) rest[part] = whole[part]
  }
}
