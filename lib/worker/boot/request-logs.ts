import type { FastifyInstance, RouteOptions } from 'fastify'
import type { WorkerLogs } from '../visit/log.js'
import { RawRequest } from '../visit/raw-request.js'

/*
 * Loggers of a worker's instances and of their requests: the main thread's loggers write their lines.
 */

/** The logs of instances with a logger, by server. */
const logsOf = new WeakMap<object, WorkerLogs>()

/** Gives an instance the logger whose lines the main thread writes. */
export function forwardLogs (fastify: FastifyInstance, logs: WorkerLogs): void {
  // Without a logger Fastify creates no child loggers: then it is enough to forward the methods.
  if (fastify.log.level === undefined) return logs.forward(fastify.log)
  fastify.log = logs.of(undefined)
  logsOf.set(fastify.server, logs)
}

type LoggerFactory = NonNullable<RouteOptions['childLoggerFactory']>

const forwarding = new WeakSet<LoggerFactory>()

/** Gives visits of a route the logger of the request on the loop, whose childLoggerFactory has run there. */
export function forwardRequestLog (route: RouteOptions, fastify: FastifyInstance): void {
  const logs = logsOf.get(fastify.server)
  if (logs === undefined) return
  const { childLoggerFactory: own } = route
  if (own !== undefined && forwarding.has(own)) return
  const create: LoggerFactory = function (this: FastifyInstance, _logger, bindings, options, raw) {
    const visited: unknown = raw
    if (visited instanceof RawRequest) return logs.of(visited.visit)
    return (own ?? this.childLoggerFactory).call(this, fastify.log, bindings, options, raw)
  }
  forwarding.add(create)
  route.childLoggerFactory = create
}
