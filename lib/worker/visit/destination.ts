import type { RouteOptions } from 'fastify'
import type { OpenVisit } from '../../wire/messages.js'
import type { Destination } from './raw-request.js'

/*
 * Finds a method and URL that lead to a visit's route, where those of the request do not, since a hook has
 * rewritten them. Fastify has no API that passes a request to a route, but the route's URL leads there once
 * it is filled in with the parameters.
 */

const routes = new Map<string, Pick<RouteOptions, 'method' | 'url'>>()

export function addDestination (key: string, route: RouteOptions): void {
  routes.set(key, route)
}

/** Returns undefined for a route that this worker does not have. */
export function findDestination ({ route: key, method, params }: OpenVisit): Destination | undefined {
  const route = routes.get(key)
  if (route === undefined) return undefined
  const methods = [route.method].flat()
  return {
    method: methods.includes(method) ? method : methods[0]!,
    url: fillIn(route.url, { ...params as object })
  }
}

/** Matches a part of a route's URL that is not literal: an escaped colon, a parameter, or a wildcard. */
const part = /::|:[^/:.(?-]+|\*/

function fillIn (pattern: string, params: Record<string, unknown>): string {
  const match = part.exec(pattern)
  if (match === null) return pattern
  const [found] = match
  const after = pattern.slice(match.index + found.length)
  const value = found === '::'
    ? ':'
    : found === '*' ? encodeURI(textOf(params['*'])) : encodeURIComponent(textOf(params[found.slice(1)]))
  return pattern.slice(0, match.index) + value +
    fillIn(found.length > 1 && found !== '::' ? afterCondition(after) : after, params)
}

/**
 * Any text will do for a parameter that was absent or that a hook has removed: restoreRequest() sets the
 * parameters as they are on the loop.
 */
function textOf (value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '0'
}

/**
 * Returns the rest of a URL after a parameter's regular expression, which stands in parentheses and may
 * contain more of them.
 */
function afterCondition (rest: string): string {
  if (rest.startsWith('?')) return rest.slice(1)
  if (!rest.startsWith('(')) return rest
  let [depth, end] = [0, 0]
  do {
    const character = rest[end++]
    if (character === '\\') end++
    else if (character === '(') depth++
    else if (character === ')') depth--
  } while (depth > 0 && end < rest.length)
  return afterCondition(rest.slice(end))
}
