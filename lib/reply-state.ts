import type { FastifyReply } from 'fastify'
import type { Headers, ReplyState } from './wire/messages.js'

/** Status and headers, as the other side will see them: what is not a text there becomes one here. */
export function readReply (reply: FastifyReply): ReplyState {
  const headers: Headers = reply.getHeaders()
  for (const name in headers) {
    const value: unknown = headers[name]
    if (typeof value === 'string' || typeof value === 'number' || value === undefined) continue
    headers[name] = Array.isArray(value) ? value.map(String) : String(value)
  }
  return { statusCode: reply.statusCode, headers }
}

/** What the other side has removed must go, and what it has changed must not be added to. */
export function restoreReply (reply: FastifyReply, { statusCode, headers }: ReplyState): void {
  for (const name in reply.getHeaders()) reply.removeHeader(name)
  for (const name in headers) reply.header(name, headers[name])
  reply.raw.statusCode = statusCode
}
