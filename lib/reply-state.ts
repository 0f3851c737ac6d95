import { validateHeaderValue } from 'node:http'
import type { FastifyReply } from 'fastify'
import { fromFault, toFault } from './wire/fault.js'
import type { ReplyState } from './wire/messages.js'

/** Status and headers, as the other side will see them: what is not a text there becomes one here. */
export function readReply (reply: FastifyReply): ReplyState {
  const state: ReplyState = { statusCode: reply.statusCode, headers: reply.getHeaders() }
  const { headers } = state
  for (const name in headers) {
    const value: unknown = headers[name]
    if (typeof value === 'string' || typeof value === 'number' || value === undefined) continue
    try {
      headers[name] = Array.isArray(value) ? Array.from(value, (one) => toText(name, one)) : toText(name, value)
    } catch (error) {
      // Of several that are wrong the first one is the error.
      headers[name] = '';
      (state.noTexts ??= {})[name] = toFault(error)
    }
  }
  return state
}

/** As Node does, once the headers leave. */
function toText (name: string, value: unknown): string {
  if (value === undefined) validateHeaderValue(name, value as never)
  return `${value as string}`
}

/** What the other side has removed must go, and what it has changed must not be added to. */
export function restoreReply (reply: FastifyReply, { statusCode, headers, noTexts }: ReplyState): void {
  for (const name in reply.getHeaders()) reply.removeHeader(name)
  for (const name in headers) reply.header(name, noTexts !== undefined && Object.hasOwn(noTexts, name) ? throwing(fromFault(noTexts[name]!)) : headers[name])
  // Fastify takes fewer, but with those that it has been told it answers errors too.
  if (statusCode >= 200 && statusCode < 600 && statusCode !== reply.statusCode) reply.code(statusCode)
  else reply.raw.statusCode = statusCode
}

function throwing (error: Error): object {
  return { toString () { throw error } }
}
