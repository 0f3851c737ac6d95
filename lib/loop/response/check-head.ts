import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http'
import type { FastifyReply } from 'fastify'
import { splitHeaders } from '../../request/reply-head.js'
import { isStream } from '../../wire/streams.js'

/**
 * Finds a header that Node is going to refuse, where it would remember of the refused head that there is no body, or how long that is. It frames the error that
 * is answered then by that, and clients take it, or what follows it on the connection, for something else. Undefined if there is none.
 */
export function findInvalidHeader (reply: FastifyReply, payload: unknown): unknown {
  const { raw, statusCode, request } = reply
  const isEmpty = statusCode < 200 || statusCode === 204
  if (request.method === 'HEAD' || !(isEmpty || statusCode === 304 || reply.hasHeader('content-length'))) return undefined
  const { headers, rawHeaders } = splitHeaders(reply)
  const isSent = payload !== undefined && payload !== null
  // By Fastify, which has a length of its own, too.
  const leftOut = isEmpty && isSent ? ['content-type', 'content-length'] : []
  const isReplaced = isSent ? !Number(headers['content-length']) : !isEmpty && statusCode !== 304
  // With headers that have been set before it looks at these first.
  let isMisframed = raw.hasHeader('content-length') || ((isEmpty || statusCode === 304) && rawHeaders === undefined)
  try {
    for (const name in headers) {
      if (leftOut.includes(name)) continue
      isMisframed ||= name === 'content-length'
      if (name === 'content-length' && isReplaced) continue
      validateHeaderName(name)
      // Typed for a text; it takes whatever there is.
      for (const value of [headers[name]].flat()) validateHeaderValue(name, value as string)
    }
    return undefined
  } catch (error) {
    if (!isMisframed) return undefined
    raw.removeHeader('content-length')
    // That it remembers too.
    if (!isStream(payload) && request.raw.httpVersionMajor === 1) raw.statusMessage ||= STATUS_CODES[statusCode] ?? 'unknown'
    return error
  }
}
