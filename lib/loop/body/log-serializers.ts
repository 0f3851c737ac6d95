import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { createBare } from '../../bare-instance.js'

type Serializers = Record<string, unknown>

/** By which pino, whose API documents the symbol, keeps the serializers of a logger. */
const key = Symbol.for('pino.serializers')

/**
 * Whether what is logged of a request is serialized by functions of the app, which are given the reply and
 * the request. Of a logger that is not one of pino this is not known.
 */
export function hasLogSerializers (
  { log }: FastifyInstance, { logSerializers, childLoggerFactory }: RouteOptions
): boolean {
  if (logSerializers !== undefined || childLoggerFactory !== undefined) return true
  const own = serializersOf(log)
  if (own === undefined) return false
  const known = knownSerializers ??= readKnown()
  return Object.keys(own).some((name) => own[name] !== known?.[name])
}

let knownSerializers: Serializers | undefined

function readKnown (): Serializers | undefined {
  const bare = createBare(() => Fastify({ logger: { level: 'silent', stream: { write () {} } } }))
  return serializersOf(bare.log)
}

function serializersOf (log: object & { [key]?: Serializers }): Serializers | undefined {
  return log[key]
}
