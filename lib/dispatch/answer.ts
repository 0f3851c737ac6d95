import type { FastifyReply, FastifyRequest } from 'fastify'
import { findCookies, type SessionState, writeSession } from '../plugin-state.js'
import { restoreReply } from '../reply-state.js'
import { asBuffer } from '../wire/bytes.js'
import type { Answer } from '../wire/messages.js'
import { type Parcel, unpack } from '../wire/parcel.js'
import type { AnswerStream } from './answer-stream.js'

/** Takes the lifecycle up on the loop where the worker has left it: before `onSend`. */
export function sendAnswer (reply: FastifyReply, answer: Answer, stream?: AnswerStream): void {
  const { statusMessage, payload, notFound, requestProperties, replyProperties } = answer
  if (requestProperties !== undefined) unpack(requestProperties, reply.request, (name) => `request.${name}`)
  if (replyProperties !== undefined) unpack(replyProperties, reply, (name) => `reply.${name}`)
  if (answer.sessions !== undefined) restoreSessions(reply.request, answer.sessions)
  const cookies = answer.sentCookies && findCookies(reply)
  for (const key of answer.sentCookies ?? []) cookies?.delete(key)
  restoreReply(reply, answer)
  if (statusMessage !== undefined) reply.raw.statusMessage = statusMessage
  if (notFound) reply.callNotFound()
  else if (stream !== undefined) reply.send(stream)
  else if (payload === undefined) reply.send()
  else if (payload instanceof Uint8Array && reply.hasHeader('content-type')) reply.send(asBuffer(payload))
  else sendAsIs(reply, payload)
}

/** The loop's own go on with what the handler has done to its copies. */
function restoreSessions (request: FastifyRequest, sessions: Parcel): void {
  const { values, ...others } = sessions
  for (const name in values) {
    const session: unknown = Reflect.get(request, name)
    if (values[name] === null || typeof session !== 'object' || session === null) Reflect.set(request, name, values[name])
    else writeSession(session, values[name] as SessionState)
  }
  unpack({ ...others, values: {} }, request, (name) => `request.${name}`)
}

/**
 * The worker's Fastify has found the payload's type and charset, or none; send() would do so again. What a serializer
 * makes of a text it takes as it is, if there is a type.
 */
function sendAsIs (reply: FastifyReply, payload: unknown): void {
  const isTyped = reply.hasHeader('content-type')
  if (!isTyped) reply.type('text/plain')
  const serialize = (): unknown => {
    if (!isTyped) reply.removeHeader('content-type')
    // An error handler that comes after has nothing to do with it.
    reply.serializer(null as never)
    return payload instanceof Uint8Array ? asBuffer(payload) : payload
  }
  reply.serializer(serialize as () => string).send('')
}
