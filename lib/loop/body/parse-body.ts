import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'

/** A body that Fastify parses by a parser of its own. */
export type BodyFormat = 'json' | 'text'

const json = /^\s*application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i
const text = /^\s*text\/plain\s*(;\s*charset=("?)utf-8\2\s*)?$/i

/** Methods for which Fastify parses no body and reads no header of a body. */
export const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE'])

/** Methods whose bodies Fastify parses. An app may declare others, with or without a body. */
const withBody: ReadonlySet<string> = new Set(['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY'])

export function mayHaveBody ({ method }: RouteOptions): boolean {
  return [method].flat().some((name) => withBody.has(name))
}

/**
 * Returns the format of a body that Fastify's own parsers would parse, and that is not longer than the limit
 * as far as the head tells. Fastify answers all other requests, or calls parsers of the app.
 */
export function findFormat (request: FastifyRequest, limit: number): BodyFormat | undefined {
  const { 'content-type': type, 'content-length': length } = request.headers
  if (type === undefined || !withBody.has(request.method) || Number(length) > limit) return undefined
  // Fastify goes by the type that it has read first, and a hook may have changed the header since then.
  if (json.test(type)) return request.mediaType === 'application/json' ? 'json' : undefined
  return text.test(type) && request.mediaType === 'text/plain' ? 'text' : undefined
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
