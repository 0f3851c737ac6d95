import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A body that Fastify parses by a parser of its own. */
export type BodyFormat = 'json' | 'text'

const json = /^\s*application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i
const text = /^\s*text\/plain\s*(;\s*charset=("?)utf-8\2\s*)?$/i

/** Methods for which Fastify parses no body and reads no header of a body. */
export const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE'])

/**
 * Returns the format of a body that Fastify's own parsers would parse, and that is not longer than the limit
 * as far as the head tells. Fastify answers all other requests, or calls parsers of the app.
 */
export function findFormat ({ method, headers }: FastifyRequest, limit: number): BodyFormat | undefined {
  const { 'content-type': type, 'content-length': length } = headers
  if (type === undefined || bodyless.has(method) || Number(length) > limit) return undefined
  if (json.test(type)) return 'json'
  return text.test(type) ? 'text' : undefined
}

/** Returns the parsed body; undefined for one that cannot be parsed. */
export type BodyParser = (format: BodyFormat, text: string, request: FastifyRequest) => unknown

/** Returns Fastify's own parsers, with the options of the server. */
export function createBodyParser (fastify: FastifyInstance): BodyParser {
  const { onProtoPoisoning = 'error', onConstructorPoisoning = 'error' } = fastify.initialConfig
  const parseJson = fastify.getDefaultJsonParser(onProtoPoisoning, onConstructorPoisoning)
  return (format, text, request) => {
    if (format === 'text') return text
    let parsed: unknown
    // Fastify's parser is synchronous.
    parseJson(request, text, (error, body: unknown) => { if (error === null) parsed = body })
    return parsed
  }
}
