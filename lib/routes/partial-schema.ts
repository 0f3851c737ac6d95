import type { FastifySchema, RouteOptions } from 'fastify'

/** In the order in which Fastify validates them. */
export const partsOfRequest = ['params', 'body', 'querystring', 'query', 'headers'] as const

/**
 * Leaves parts out of a route's schema, so that Fastify makes no validation of them. Gives what puts them back when it has,
 * for those who document the route or read the schema of a request.
 */
export function leaveOut (route: RouteOptions, parts: readonly (typeof partsOfRequest)[number][]): () => void {
  const whole: FastifySchema & { query?: unknown } = route.schema ?? {}
  const rest: typeof whole = { ...whole }
  const left = parts.filter((part) => Object.hasOwn(whole, part))
  for (const part of left) delete rest[part]
  // Not out of the route's object, which may be that of others too.
  if (left.length > 0) route.schema = rest
  return () => {
    for (const part of left) rest[part] = whole[part]
  }
}
