import type { FastifyInstance, RouteOptions } from 'fastify'
import { UpgradeRoute } from './errors.js'
import { readRouteOption, type Settings } from './options.js'

/** A route with a handler or with dependencies that may be a worker's; what can be decided at registration is decided here, once. */
export interface MarkedRoute {
  /** Names the route on both sides: methods, URL with its prefix, constraints. */
  key: string
  /** Whether the handler runs in a worker. */
  isBlocking: boolean
  /** ms that a visit may run; 0 for no limit. */
  timeout: number
  priority: number
  concurrency: number
  /** Whether the body is the worker's to read, parse and validate. */
  parse: boolean
}

/** The route's marks, or undefined of a websocket, which may have none. Called from `onRoute`, on both sides alike. */
export function markRoute (instance: FastifyInstance, route: RouteOptions, settings: Settings, hasDependencies: boolean): MarkedRoute | undefined {
  const key = keyOf(route)
  const option = route.blocking === undefined ? undefined : readRouteOption(route.blocking, key)
  if (isUpgrade(route)) {
    if ((option === undefined || option === false) && !hasDependencies) return undefined
    throw new UpgradeRoute(key)
  }
  const { timeout, priority = 0, concurrency = Infinity, parse = false } = typeof option === 'object' ? option : {}
  return {
    key,
    isBlocking: Boolean(option ?? isDispatched(route, settings)),
    timeout: timeout ?? route.handlerTimeout ?? handlerTimeoutOf(instance) ?? settings.timeout,
    priority,
    concurrency,
    parse
  }
}

export function keyOf ({ method, url, constraints }: RouteOptions): string {
  const methods = Array.isArray(method) ? method.join(',') : method
  const conditions = Object.entries(constraints ?? {}).map(([name, value]) => `${name}=${String(value)}`).sort()
  return [methods, url, ...conditions].join(' ')
}

function isDispatched ({ handler }: RouteOptions, { dispatch }: Settings): boolean {
  switch (dispatch) {
    case 'explicit': return false
    case 'all': return true
    case 'signature': return !['AsyncFunction', 'AsyncGeneratorFunction'].includes(handler.constructor.name)
  }
}

function isUpgrade (route: object): boolean {
  return 'websocket' in route && route.websocket === true
}

/** The server's own `handlerTimeout`; 0, its default, is none. */
function handlerTimeoutOf ({ initialConfig }: FastifyInstance): number | undefined {
  // Fastify's types leave it out.
  const config: FastifyInstance['initialConfig'] & { handlerTimeout?: number } = initialConfig
  return config.handlerTimeout || undefined
}
