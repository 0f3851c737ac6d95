import type { FastifyInstance, RouteOptions } from 'fastify'
import { UpgradeRoute } from './errors.js'
import { readRouteOption, type Settings } from './options.js'

/** A route that is answered in a worker; what can be decided at registration is decided here, once. */
export interface BlockingRoute {
  /** Names the route on both sides: methods, URL with its prefix, constraints. */
  key: string
  /** ms that a visit may run; 0 for no limit. */
  timeout: number
  priority: number
  concurrency: number
}

/** The route's marks, or undefined if it stays on the loop. Called from `onRoute`, on both sides alike. */
export function markRoute (instance: FastifyInstance, route: RouteOptions, settings: Settings): BlockingRoute | undefined {
  const key = keyOf(route)
  const option = route.blocking === undefined ? undefined : readRouteOption(route.blocking, key)
  if (isUpgrade(route)) {
    if (option === undefined || option === false) return undefined
    throw new UpgradeRoute(key)
  }
  if (!(option ?? isDispatched(route, settings))) return undefined
  const { timeout, priority = 0, concurrency = Infinity } = typeof option === 'object' ? option : {}
  return {
    key,
    timeout: timeout ?? route.handlerTimeout ?? handlerTimeoutOf(instance) ?? settings.timeout,
    priority,
    concurrency
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
