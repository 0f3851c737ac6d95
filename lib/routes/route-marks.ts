import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import { UpgradeRoute } from '../errors.js'
import { isAsyncFunction } from '../function-kind.js'
import type { Where } from '../executor.js'
import { checkWhere, readRouteOption, type Settings } from '../options/settings.js'
import { isWorker } from '../wire/worker-data.js'

/**
 * Settings of a route that has a blocking handler, or dependencies that may run in a worker. Decided once,
 * when the route is added.
 */
export interface MarkedRoute {
  /** Name of the route, the same on both sides: methods, URL with its prefix, constraints. */
  key: string
  /** Whether the handler runs in a worker. Of a measured route: on the loop false, and in a worker true. */
  isBlocking: boolean
  /** Whether the handler runs on the side that measurements suggest. */
  isMeasured: boolean
  /** ms that a visit may run; 0 for no limit. */
  timeout: number
  /** Fastify's `handlerTimeout` in ms, which ends the request and not only the visit; 0 for no limit. */
  handlerTimeout: number
  /** Whether the thread may be terminated when a visit is over its time limit. */
  isTerminable: boolean
  priority: number
  concurrency: number
  where: Where
  /**
   * Who reads the body, and who parses and validates it: the worker both (true), the loop both (false), the
   * loop and the worker ("deferred"). Undefined: as "deferred", where nothing on the loop can see the parsed
   * body before the handler, and else as false.
   */
  parse: boolean | 'deferred' | undefined
  /** Whether the worker parses whatever there is on the loop: hooks there come before the parsing. */
  isDeferred: boolean
  /** Whether @fastify/websocket may have wrapped the handler, for requests that upgrade. */
  mayUpgrade: boolean
  /**
   * Set if the route has a handler of @fastify/websocket and dependencies. "only": it has no other handler.
   * "beside": it has another one for plain requests.
   */
  socket: 'only' | 'beside' | undefined
  /** Whether the route has the option of @fastify/sse, by which its handler writes to the socket. */
  hasSse: boolean
}

/**
 * Returns the marks of a route; undefined for a websocket route without dependencies. One with `blocking`
 * throws FST_BLOCKING_UPGRADE_ROUTE. Called from `onRoute`, on both sides alike. `handler` is the handler as
 * written, before other plugins have wrapped it.
 */
export function markRoute (
  instance: FastifyInstance,
  route: RouteOptions,
  handler: RouteHandlerMethod,
  settings: Settings,
  hasDependencies: boolean
): MarkedRoute | undefined {
  const key = keyOf(route)
  const option = route.blocking === undefined ? undefined : readRouteOption(route.blocking, key)
  const isSocketOnly = isWebsocketRoute(route)
  if (isSocketOnly && option !== undefined && option !== false) {
    throw new UpgradeRoute(key, 'the handler is `blocking`')
  }
  if (isSocketOnly && !hasDependencies) return undefined
  const {
    timeout, terminate = true, priority = 0, concurrency = Infinity, where = 'any', parse
  } = typeof option === 'object' ? option : {}
  const hasSse = isGiven(route, 'sse')
  const canMove = !isSocketOnly && !hasSse
  const isMeasured = option === undefined && settings.dispatch === 'measured' && canMove
  const handlerTimeout = route.handlerTimeout ?? handlerTimeoutOf(instance)
  return {
    key,
    isBlocking: !isSocketOnly && Boolean(option ?? isDispatched(handler, settings, canMove)),
    isMeasured,
    // A handler on the loop has no time limit but that of Fastify: a move is not to bring one.
    timeout: isMeasured ? 0 : timeout ?? handlerTimeout ?? settings.timeout,
    handlerTimeout: handlerTimeout ?? 0,
    isTerminable: terminate,
    priority,
    concurrency,
    where: checkWhere(where, `route ${key}: blocking where`, settings),
    parse,
    isDeferred: parse === true || parse === 'deferred',
    mayUpgrade: instance.hasDecorator('websocketServer'),
    socket: hasDependencies ? socketOf(route) : undefined,
    hasSse
  }
}

function socketOf (route: RouteOptions): MarkedRoute['socket'] {
  if (isWebsocketRoute(route)) return 'only'
  return isGiven(route, 'wsHandler') ? 'beside' : undefined
}

export function keyOf ({ method, url, constraints }: RouteOptions): string {
  const methods = Array.isArray(method) ? method.join(',') : method
  const conditions = Object.entries(constraints ?? {})
    .map(([name, value]) => `${name}=${String(value)}`).sort()
  return [methods, url, ...conditions].join(' ')
}

function isDispatched (handler: RouteHandlerMethod, { dispatch }: Settings, canMove: boolean): boolean {
  switch (dispatch) {
    case 'explicit': return false
    case 'all': return true
    case 'measured': return isWorker && canMove
    case 'signature': return !isAsyncFunction(handler)
  }
}

/** Whether the route has no handler but that of @fastify/websocket, which runs on the loop. */
export function isWebsocketRoute (route: RouteOptions): boolean {
  return isGiven(route, 'websocket')
}

/**
 * Options of @fastify/websocket: `websocket` for a route that has no other handler, `wsHandler` beside one.
 * And `sse`, the option of @fastify/sse.
 */
function isGiven (route: object, option: 'websocket' | 'wsHandler' | 'sse'): boolean {
  return Boolean(Reflect.get(route, option))
}

/** The server's `handlerTimeout` in ms; undefined for 0, its default, which means no limit. */
function handlerTimeoutOf ({ initialConfig }: FastifyInstance): number | undefined {
  // Fastify's types lack this property.
  const config: FastifyInstance['initialConfig'] & { handlerTimeout?: number } = initialConfig
  return config.handlerTimeout || undefined
}
