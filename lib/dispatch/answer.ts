import type { FastifyReply } from 'fastify'
import { asBuffer } from '../wire/bytes.js'
import type { Answer } from '../wire/messages.js'

/** Takes the lifecycle up on the loop where the worker has left it: before `onSend`. */
export function sendAnswer (reply: FastifyReply, { statusCode, headers, payload, notFound }: Answer): void {
  // What the handler has removed must go, and what it has changed must not be added to.
  for (const name in reply.getHeaders()) reply.removeHeader(name)
  for (const name in headers) reply.header(name, headers[name])
  reply.raw.statusCode = statusCode
  if (notFound) reply.callNotFound()
  else reply.send(payload instanceof Uint8Array ? asBuffer(payload) : payload)
}
