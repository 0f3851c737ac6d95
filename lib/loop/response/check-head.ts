import type { FastifyReply } from 'fastify'
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from '../../node-http.js'
import { splitHeaders } from '../../request/reply-head.js'
import { isStream } from '../../wire/streams.js'

/**
 * Finds a header that Node is going to refuse. writeHead() sets Node's flags for the body (whether there is
 * one, and its length) before it throws for an invalid header. The error response is then framed by these
 * flags, and clients take the response, or what follows it on the connection, for something else. So the
 * headers are checked first, where the flags would be wrong. Returns undefined if all headers are valid.
 */
export function findInvalidHeader (reply: FastifyReply, payload: unknown): unknown {
  const { raw, statusCode, request } = reply
  const isEmpty = statusCode < 200 || statusCode === 204
  if (request.method === 'HEAD' || !(isEmpty || statusCode === 304 || reply.hasHeader('content-length'))) {
    return undefined
  }
  // Fastify sets the headers of a stream one by one: no flag has been set when one of them is refused.
  if (isStream(payload) && !isEmpty) return undefined
  const { headers, rawHeaders } = splitHeaders(reply)
  const isSent = payload !== undefined && payload !== null
  // Fastify leaves these headers out; and it replaces a content-length by a length of its own.
  const leftOut = isEmpty && isSent ? ['content-type', 'content-length'] : []
  const isReplaced = isSent ? !Number(headers['content-length']) : !isEmpty && statusCode !== 304
  // If raw headers have been set, writeHead() checks the headers before it sets the flag of an empty body.
  let isMisframed = raw.hasHeader('content-length') ||
    ((isEmpty || statusCode === 304) && rawHeaders === undefined)
  try {
    for (const name in headers) {
      if (leftOut.includes(name)) continue
      isMisframed ||= name === 'content-length'
      if (name === 'content-length' && isReplaced) continue
      validateHeaderName(name)
      // validateHeaderValue() is typed for strings, and takes any value.
      for (const value of [headers[name]].flat()) validateHeaderValue(name, value as string)
    }
    return undefined
  } catch (error) {
    if (!isMisframed) return undefined
    raw.removeHeader('content-length')
    // Node keeps the status message of a refused head too.
    if (!isStream(payload) && request.raw.httpVersionMajor === 1) {
      raw.statusMessage ||= STATUS_CODES[statusCode] ?? 'unknown'
    }
    return error
  }
}
