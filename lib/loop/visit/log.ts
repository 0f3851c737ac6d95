import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LogFacts, LogLine, LogOrder } from '../../wire/log-messages.js'
import { decodeLogValue, type Reference } from '../../wire/log-value.js'

/**
 * Members of pino's API that Fastify's type lacks. A worker knows whether the logger has them, and requests
 * them only then.
 */
interface PinoLogger extends FastifyBaseLogger {
  bindings (): Record<string, unknown>
  setBindings (bindings: Record<string, unknown>): void
  flush (done?: (error?: Error) => void): void
  readonly msgPrefix: string | undefined
  readonly levelVal: number
}

/**
 * Writes a worker's line by the main thread's own logger: that of the request, with its bindings, or that of
 * the app.
 */
export function writeLogLine (
  line: LogLine, fastify: FastifyInstance, request?: FastifyRequest, reply?: FastifyReply
): void {
  try {
    const resolve = createResolver(line, request, reply)
    const logger = loggerOf(line, fastify, request, resolve)
    const { level, method, args, order } = line
    if (order !== undefined) return followOrder(order, logger as PinoLogger, resolve)
    const target = level === undefined ? logger : logger.child({}, { level })
    // Fastify's type of a logger has no levels of the app's own.
    const write: unknown = Reflect.get(target, method)
    if (typeof write === 'function') {
      Reflect.apply(write, target, args.map((arg) => decodeLogValue(arg, resolve)))
    }
  } catch (err) {
    // A serializer of the app has thrown. Nobody on the loop would catch the error.
    fastify.log.error({ err }, 'fastify-blocking: what a worker logged could not be logged')
  }
}

/** Makes the logger of a line carry out an order, and returns the facts that the worker waits for. */
export async function callLogger (
  line: LogLine, fastify: FastifyInstance, request?: FastifyRequest, reply?: FastifyReply
): Promise<LogFacts | undefined> {
  const logger = loggerOf(line, fastify, request, createResolver(line, request, reply)) as PinoLogger
  if (line.order?.flush !== true) return { bindings: logger.bindings?.() ?? {}, msgPrefix: logger.msgPrefix }
  return await new Promise((resolve, reject) => {
    logger.flush((error) => error === undefined || error === null ? resolve(undefined) : reject(error))
  })
}

type Resolve = (reference: Reference) => unknown

/**
 * Returns a function that finds the objects a line refers to. The status comes from the line, since the
 * loop's own reply does not have the worker's status yet.
 */
function createResolver (
  { statusCode }: LogLine, request: FastifyRequest | undefined, reply: FastifyReply | undefined
): Resolve {
  return (reference) => {
    switch (reference) {
      case 'request': return request
      case 'reply': return reply && Object.create(reply, { statusCode: { value: statusCode } })
      case 'request.raw': return request?.raw
      case 'reply.raw': return reply && Object.create(reply.raw, { statusCode: { value: statusCode } })
    }
  }
}

function loggerOf (
  { of, children = [] }: LogLine,
  fastify: FastifyInstance,
  request: FastifyRequest | undefined,
  resolve: Resolve
): FastifyBaseLogger {
  let logger = ownerOf(of, fastify, request)
  for (const [bindings, options, serialized = []] of children) {
    const serializers = Object.fromEntries(serialized.map((name) => [name, (value: unknown) => value]))
    logger = logger.child(decodeLogValue(bindings, resolve) as Record<string, unknown>, {
      ...decodeLogValue(options, resolve) as Record<string, unknown>,
      ...(serialized.length > 0 && { serializers })
    })
  }
  return logger
}

function ownerOf (
  of: LogLine['of'], { log, initialConfig }: FastifyInstance, request: FastifyRequest | undefined
): FastifyBaseLogger {
  if (of === 'app') return log
  if (of === 'request') return request?.log ?? log
  return log.child({ [initialConfig.requestIdLogLabel ?? 'reqId']: of.id })
}

function followOrder ({ bindings, level, flush }: LogOrder, logger: PinoLogger, resolve: Resolve): void {
  if (bindings !== undefined) logger.setBindings(decodeLogValue(bindings, resolve) as Record<string, unknown>)
  if (level !== undefined) logger.level = level
  if (flush === true) logger.flush()
}

/**
 * Returns a function that finds methods of a logger which somebody has replaced although they are below the
 * logger's level, as tests do: a worker has to have these methods called. The function returns undefined for
 * none. `app` is the main thread's own logger.
 */
export function createReplacedMethodsFinder (
  app: FastifyBaseLogger & { silent?: unknown }, values: Record<string, number>
): (log: FastifyBaseLogger) => string[] | undefined {
  const isSilent = app.level === undefined
  // The method of a level that is not written: pino has one for all levels, and so has Fastify without a
  // logger.
  const nothing: unknown = isSilent ? Reflect.get(Object.getPrototypeOf(app) as object, 'info') : app.silent
  if (typeof nothing !== 'function') return () => undefined
  const levels = Object.entries(values)
  return (log) => {
    const least = isSilent ? Infinity : (log as PinoLogger).levelVal
    let found: string[] | undefined
    for (const [name, value] of levels) {
      if (value < least && Reflect.get(log, name) !== nothing) (found ??= []).push(name)
    }
    return found
  }
}

/**
 * Calls back when the level of the logger itself is set. Children emit 'level-change' on the same emitter and
 * are ignored. Returns a function that ends the watch.
 */
export function followLevel (log: FastifyBaseLogger, callback: (level: string) => void): () => void {
  const { on, off }: { on?: unknown, off?: unknown } =
    log as FastifyBaseLogger & { on?: unknown, off?: unknown }
  if (typeof on !== 'function' || typeof off !== 'function') return () => {}
  const changed = (
    level: string, _value: number, _before: string, _beforeValue: number, logger: unknown
  ): void => {
    if (logger === log) callback(level)
  }
  Reflect.apply(on, log, ['level-change', changed])
  return () => { Reflect.apply(off, log, ['level-change', changed]) }
}
