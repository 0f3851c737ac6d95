import type { LogFacts, LogLine, LogOrder } from '../../wire/log-messages.js'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Reference, decodeLogValue } from '../../wire/log-value.js'

/** What of pino's API is not in Fastify's type; a worker that wants it knows that it is there. */
interface PinoLogger extends FastifyBaseLogger {
  bindings (): Record<string, unknown>
  setBindings (bindings: Record<string, unknown>): void
  flush (done?: (error?: Error) => void): void
  readonly msgPrefix: string | undefined
  readonly levelVal: number
}

/** Has a worker's line written by the main thread's own logger: the request's, with its bindings, or the app's. */
export function writeLogLine (line: LogLine, fastify: FastifyInstance, request?: FastifyRequest, reply?: FastifyReply): void {
  try {
    const resolve = createResolver(line, request, reply)
    const logger = loggerOf(line, fastify, request, resolve)
    const { level, method, args, order } = line
    if (order !== undefined) return followOrder(order, logger as PinoLogger, resolve)
    const target = level === undefined ? logger : logger.child({}, { level })
    // Fastify's type of a logger has no levels of the app's own.
    const write: unknown = Reflect.get(target, method)
    if (typeof write === 'function') Reflect.apply(write, target, args.map((arg) => decodeLogValue(arg, resolve)))
  } catch (err) {
    // A serializer of the app has thrown. Nobody on the loop would catch the error.
    fastify.log.error({ err }, 'fastify-blocking: what a worker logged could not be logged')
  }
}

/** Has the logger of a line carry out an order, and gives what the worker waits for. */
export async function callLogger (line: LogLine, fastify: FastifyInstance, request?: FastifyRequest, reply?: FastifyReply): Promise<LogFacts | undefined> {
  const logger = loggerOf(line, fastify, request, createResolver(line, request, reply)) as PinoLogger
  if (line.order?.flush !== true) return { bindings: logger.bindings?.() ?? {}, msgPrefix: logger.msgPrefix }
  return await new Promise((resolve, reject) => {
    logger.flush((error) => error === undefined || error === null ? resolve(undefined) : reject(error))
  })
}

type Resolve = (reference: Reference) => unknown

/** Finds what a line refers to. The status of the loop's own reply is not that of the worker's yet. */
function createResolver ({ statusCode }: LogLine, request: FastifyRequest | undefined, reply: FastifyReply | undefined): Resolve {
  return (reference) => {
    switch (reference) {
      case 'request': return request
      case 'reply': return reply && Object.create(reply, { statusCode: { value: statusCode } })
      case 'request.raw': return request?.raw
      case 'reply.raw': return reply && Object.create(reply.raw, { statusCode: { value: statusCode } })
    }
  }
}

function loggerOf ({ of, children = [] }: LogLine, fastify: FastifyInstance, request: FastifyRequest | undefined, resolve: Resolve): FastifyBaseLogger {
  let logger = ownerOf(of, fastify, request)
  for (const [bindings, options, serialized = []] of children) {
    const serializers = Object.fromEntries(serialized.map((name) => [name, (value: unknown) => value]))
    logger = logger.child(decodeLogValue(bindings, resolve) as Record<string, unknown>, {
      ...decodeLogValue(options, resolve) as Record<string, unknown>, ...(serialized.length > 0 && { serializers })
    })
  }
  return logger
}

function ownerOf (of: LogLine['of'], { log, initialConfig }: FastifyInstance, request: FastifyRequest | undefined): FastifyBaseLogger {
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
 * Finds methods of a logger that are below its level, and that somebody has replaced all the same, as tests do: a worker has to have
 * them called. `app` is the main thread's own logger. Undefined for none.
 */
export function createReplacedMethodsFinder (app: FastifyBaseLogger & { silent?: unknown }, values: Record<string, number>): (log: FastifyBaseLogger) => string[] | undefined {
  const isSilent = app.level === undefined
  // That of pino is the same for all levels, and so is that of Fastify's without a logger.
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

/** Calls back when the level of that very logger is set, and not of one of its children, which tell of it too. Returns what ends it. */
export function followLevel (log: FastifyBaseLogger, callback: (level: string) => void): () => void {
  const { on, off }: { on?: unknown, off?: unknown } = log as FastifyBaseLogger & { on?: unknown, off?: unknown }
  if (typeof on !== 'function' || typeof off !== 'function') return () => {}
  const changed = (level: string, _value: number, _before: string, _beforeValue: number, logger: unknown): void => {
    if (logger === log) callback(level)
  }
  Reflect.apply(on, log, ['level-change', changed])
  return () => { Reflect.apply(off, log, ['level-change', changed]) }
}
