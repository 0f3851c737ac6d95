import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { findCookies } from '../../request/plugins.js'
import { restoreReply } from '../../request/reply-head.js'
import { findSerializer, setSerializer } from '../../request/reply-serializer.js'
import { applyChangesTo } from '../../request/state-sync.js'
import { asBuffer } from '../../wire/bytes.js'
import type { Answer } from '../../wire/messages.js'
import { type EncodedValues, decode } from '../../wire/values.js'
import type { AnswerStream } from './answer-stream.js'

/** Takes the lifecycle up on the loop where the worker has left it: before `onSend`. */
export function sendAnswer (reply: FastifyReply, answer: Answer, stream?: AnswerStream): void {
  const stored = applyAnswer(reply, answer)
  if (stored === undefined) return sendAppliedAnswer(reply, answer, stream)
  stored.then(() => { sendAppliedAnswer(reply, answer, stream) }).catch((error) => {
    stream?.destroy()
    reply.send(error)
  })
}

/** Puts on the reply, and on the request, what the worker has. Resolves as `SharedState.apply`. */
export function applyAnswer (reply: FastifyReply, answer: Answer): Promise<void> | undefined {
  const { changes, sentCookies = [] } = answer
  const stored = changes && applyChangesTo(reply, changes)
  if (sentCookies.length > 0) {
    const cookies = findCookies(reply)
    for (const key of sentCookies) cookies?.delete(key)
  }
  restoreReply(reply, answer.isWritten ? { ...answer, headers: {} } : answer)
  return stored
}

/** Of an answer that has been applied: what dependencies have set since then counts. */
export function sendAppliedAnswer (reply: FastifyReply, answer: Answer, stream?: AnswerStream): void {
  const { payload, notFound, unserialized } = answer
  if (answer.isWritten) return writeRaw(reply, answer)
  if (notFound) reply.callNotFound()
  else if (stream !== undefined) reply.send(stream)
  else if (unserialized !== undefined) sendUnserialized(reply, unserialized)
  else if (payload === undefined) reply.send()
  else if (payload instanceof Uint8Array && reply.hasHeader('content-type')) reply.send(asBuffer(payload))
  else sendSerialized(reply, payload)
}

/** As the worker's Fastify has: its last resort. */
function writeRaw (reply: FastifyReply, answer: Answer): void {
  const { statusCode, headers, payload } = answer
  reply.raw.writeHead(statusCode, headers as OutgoingHttpHeaders).end(payload ?? null)
}

/** The worker's Fastify has called the `preSerialization` hooks. */
function sendUnserialized (reply: FastifyReply, encoded: EncodedValues): void {
  const unpacked: { payload?: unknown } = {}
  decode(encoded, unpacked, String)
  let payload: unknown
  try {
    payload = findSerializer(reply)!(unpacked.payload)
  } catch (error) {
    // As Fastify does for its error handlers.
    if (typeof error === 'object' && error !== null) Reflect.set(error, 'serialization', reply.request.routeOptions.config)
    reply.send(error)
    return
  }
  sendSerialized(reply, payload)
}

/**
 * The worker's Fastify has found the payload's type and charset, or none; send() would do so again. What a serializer
 * makes of a text it takes as it is, if there is a type.
 */
function sendSerialized (reply: FastifyReply, payload: unknown): void {
  const isTyped = reply.hasHeader('content-type')
  if (!isTyped) reply.type('text/plain')
  const serialize = (): unknown => {
    if (!isTyped) reply.removeHeader('content-type')
    // An error handler that comes after has nothing to do with it, but with that of a hook.
    setSerializer(reply, findSerializer(reply))
    return payload instanceof Uint8Array ? asBuffer(payload) : payload
  }
  setSerializer(reply, serialize as () => string)
  reply.send('')
}
