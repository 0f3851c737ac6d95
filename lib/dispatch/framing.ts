import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { FastifyReply } from 'fastify'
import { splitHeaders } from '../reply-state.js'

/**
 * Finds a header that Node is going to refuse, where it would remember of the refused head that there is no body, or how long that is. It frames the error that
 * is answered then by that, and clients take it, or what follows it on the connection, for something else. Undefined if there is none.
 */
export function findMisframed (reply: FastifyReply): unknown {
  const { statusCode, request } = reply
  const isFramed = statusCode >= 200 && statusCode !== 204 && statusCode !== 304 && !reply.hasHeader('content-length')
  if (isFramed || request.method === 'HEAD') return undefined
  const { headers } = splitHeaders(reply)
  try {
    for (const name in headers) {
      validateHeaderName(name)
      // Typed for a text; it takes whatever there is.
      for (const value of [headers[name]].flat()) validateHeaderValue(name, value as string)
    }
    return undefined
  } catch (error) {
    reply.raw.removeHeader('content-length')
    return error
  }
}
