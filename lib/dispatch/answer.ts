import type { FastifyReply, FastifyRequest } from 'fastify'
import { callStore, findCookies, findStore, type SessionState, writeSession } from '../plugin-state.js'
import { restoreReply } from '../reply-state.js'
import { asBuffer } from '../wire/bytes.js'
import type { Answer } from '../wire/messages.js'
import { type Parcel, unpack } from '../wire/parcel.js'
import type { AnswerStream } from './answer-stream.js'

/** Takes the lifecycle up on the loop where the worker has left it: before `onSend`. */
export function sendAnswer (reply: FastifyReply, answer: Answer, stream?: AnswerStream): void {
  const { request } = reply
  const { requestProperties, replyProperties, sessions, sentCookies = [], storeCalls } = answer
  const stored = sessions && restoreSessions(request, sessions, storeCalls)
  if (requestProperties !== undefined) unpack(requestProperties, request, (name) => `request.${name}`)
  if (replyProperties !== undefined) unpack(replyProperties, reply, (name) => `reply.${name}`)
  if (sentCookies.length > 0) {
    const cookies = findCookies(reply)
    for (const key of sentCookies) cookies?.delete(key)
  }
  if (stored === undefined) return send(reply, answer, stream)
  stored.then(() => { send(reply, answer, stream) }).catch((error) => {
    stream?.destroy()
    reply.send(error)
  })
}

function send (reply: FastifyReply, answer: Answer, stream: AnswerStream | undefined): void {
  const { statusMessage, payload, notFound } = answer
  restoreReply(reply, answer)
  if (statusMessage !== undefined) reply.raw.statusMessage = statusMessage
  if (notFound) reply.callNotFound()
  else if (stream !== undefined) reply.send(stream)
  else if (payload === undefined) reply.send()
  else if (payload instanceof Uint8Array && reply.hasHeader('content-type')) reply.send(asBuffer(payload))
  else sendAsIs(reply, payload)
}

/** The loop's own go on with what the handler has done to its copies. Resolves when that is in their store, if it is to be. */
function restoreSessions (request: FastifyRequest, sessions: Parcel, storeCalls: Answer['storeCalls']): Promise<void> | undefined {
  const { values, ...others } = sessions
  let stored: Promise<void> | undefined
  for (const name in values) {
    const session: unknown = Reflect.get(request, name)
    const state = values[name] as SessionState | null
    if (state !== null && typeof session === 'object' && session !== null) writeSession(session, state)
    else Reflect.set(request, name, null)
    const store = storeCalls && findStore(session)
    if (store !== undefined) stored = callStore(store, storeCalls!, session)
  }
  unpack({ ...others, values: {} }, request, (name) => `request.${name}`)
  return stored
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
