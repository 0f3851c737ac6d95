import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Reference, unpackLogPart } from '../wire/log-parts.js'
import type { LogLine } from '../wire/messages.js'

/** Has a worker's line written by the main thread's own logger: the request's, with its bindings, or the app's. */
export function writeLine (line: LogLine, fastify: FastifyInstance, request?: FastifyRequest, reply?: FastifyReply): void {
  try {
    write(line, fastify, request, reply)
  } catch (err) {
    // Of a serializer; nobody on the loop would catch it.
    fastify.log.error({ err }, 'fastify-blocking: what a worker logged could not be logged')
  }
}

function write ({ log, of, statusCode, children = [], level, parts }: LogLine, fastify: FastifyInstance, request?: FastifyRequest, reply?: FastifyReply): void {
  const resolve = (reference: Reference): unknown => {
    switch (reference) {
      case 'request': return request
      case 'reply': return reply && Object.create(reply, { statusCode: { value: statusCode } })
      case 'request.raw': return request?.raw
      case 'reply.raw': return reply && Object.create(reply.raw, { statusCode: { value: statusCode } })
    }
  }
  let logger = ownerOf(of, fastify, request)
  for (const [bindings, options] of children) {
    logger = logger.child(unpackLogPart(bindings, resolve) as Record<string, unknown>, unpackLogPart(options, resolve) as Record<string, unknown>)
  }
  if (level !== undefined) logger = logger.child({}, { level })
  // Levels of the app's own are not in the type.
  const method: unknown = Reflect.get(logger, log)
  if (typeof method === 'function') Reflect.apply(method, logger, parts.map((part) => unpackLogPart(part, resolve)))
}

function ownerOf (of: LogLine['of'], { log, initialConfig }: FastifyInstance, request: FastifyRequest | undefined): FastifyBaseLogger {
  if (of === 'app') return log
  if (of === 'request') return request?.log ?? log
  return log.child({ [initialConfig.requestIdLogLabel ?? 'reqId']: of.id })
}
