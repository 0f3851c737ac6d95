import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import { UpgradeRoute } from '../errors.js'
import { readRouteOption, type Settings } from '../options/settings.js'

/** A route with a handler or with dependencies that may be a worker's; what can be decided at registration is decided here, once. */
export interface MarkedRoute {
  /** Names the route on both sides: methods, URL with its prefix, constraints. */
  key: string
  /** Whether the handler runs in a worker. */
  isBlocking: boolean
  /** ms that a visit may run; 0 for no limit. */
  timeout: number
  /** Fastify's own, in ms, which ends the request and not only the visit; 0 for no limit. */
  handlerTimeout: number
  /** Whether its thread may be terminated after that. */
  isTerminable: boolean
  priority: number
  concurrency: number
  /** Whether the body is the worker's to read, parse and validate. */
  parse: boolean
  /** Whether @fastify/websocket may have put itself before the handler, for requests that upgrade. */
  mayUpgrade: boolean
}

/**
 * The route's marks, or undefined of a websocket, which may have none. Called from `onRoute`, on both sides alike.
 * `handler` is the route's as it was written.
 */
export function markRoute (instance: FastifyInstance, route: RouteOptions, handler: RouteHandlerMethod, settings: Settings, hasDependencies: boolean): MarkedRoute | undefined {
  const key = keyOf(route)
  const option = route.blocking === undefined ? undefined : readRouteOption(route.blocking, key)
  // It would be called past the dependencies.
  if (hasDependencies && isGiven(route, 'wsHandler')) throw new UpgradeRoute(key)
  if (isGiven(route, 'websocket')) {
    if ((option === undefined || option === false) && !hasDependencies) return undefined
    throw new UpgradeRoute(key)
  }
  const { timeout, terminate = true, priority = 0, concurrency = Infinity, parse = false } = typeof option === 'object' ? option : {}
  const handlerTimeout = route.handlerTimeout ?? handlerTimeoutOf(instance)
  return {
    key,
    isBlocking: Boolean(option ?? isDispatched(handler, settings)),
    timeout: timeout ?? handlerTimeout ?? settings.timeout,
    handlerTimeout: handlerTimeout ?? 0,
    isTerminable: terminate,
    priority,
    concurrency,
    parse,
    mayUpgrade: instance.hasDecorator('websocketServer')
  }
}

export function keyOf ({ method, url, constraints }: RouteOptions): string {
  const methods = Array.isArray(method) ? method.join(',') : method
  const conditions = Object.entries(constraints ?? {}).map(([name, value]) => `${name}=${String(value)}`).sort()
  return [methods, url, ...conditions].join(' ')
}

function isDispatched (handler: RouteHandlerMethod, { dispatch }: Settings): boolean {
  switch (dispatch) {
    case 'explicit': return false
    case 'all': return true
    // A bound async function has the prototype of one, and so its constructor.
    case 'signature': return !['AsyncFunction', 'AsyncGeneratorFunction'].includes(handler.constructor.name)
  }
}

/** Options of @fastify/websocket: `websocket` for a route that has no other handler, `wsHandler` beside one. */
function isGiven (route: object, option: 'websocket' | 'wsHandler'): boolean {
  return Boolean(Reflect.get(route, option))
}

/** The server's own `handlerTimeout`; 0, its default, is none. */
function handlerTimeoutOf ({ initialConfig }: FastifyInstance): number | undefined {
  // Fastify's types leave it out.
  const config: FastifyInstance['initialConfig'] & { handlerTimeout?: number } = initialConfig
  return config.handlerTimeout || undefined
}
