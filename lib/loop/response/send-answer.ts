import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { deleteSentCookies } from '../../request/cookies.js'
import { restoreReply } from '../../request/reply-head.js'
import { findSerializer, setSerializer } from '../../request/reply-serializer.js'
import { applyChangesTo } from '../../request/state-sync.js'
import { asBuffer } from '../../wire/bytes.js'
import type { Answer } from '../../wire/messages.js'
import { decode, type EncodedValues } from '../../wire/values.js'
import type { AnswerStream } from './answer-stream.js'

/** Continues the lifecycle on the loop where the worker has left it: before the `onSend` hooks. */
export function sendAnswer (reply: FastifyReply, answer: Answer, stream?: AnswerStream): void {
  const stored = applyAnswer(reply, answer)
  if (stored === undefined) return sendAppliedAnswer(reply, answer, stream)
  stored.then(() => { sendAppliedAnswer(reply, answer, stream) }).catch((error) => {
    stream?.destroy()
    reply.send(error)
  })
}

/**
 * Puts the state of the worker's reply and request on those of the loop. Resolves as applyChangesTo() does.
 */
export function applyAnswer (reply: FastifyReply, answer: Answer): Promise<void> | undefined {
  const { changes, sentCookies = [] } = answer
  const stored = changes && applyChangesTo(reply, changes)
  if (sentCookies.length > 0) deleteSentCookies(reply, sentCookies)
  restoreReply(reply, answer.isWritten ? { ...answer, headers: {} } : answer)
  return stored
}

/**
 * Sends an answer whose state has been applied: what dependencies on the loop have set since then is kept.
 */
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

/** Writes to the response as the worker's Fastify has done, as its last resort. */
function writeRaw (reply: FastifyReply, answer: Answer): void {
  const { statusCode, headers, payload } = answer
  reply.raw.writeHead(statusCode, headers as OutgoingHttpHeaders).end(payload ?? null)
}

/** Calls the loop's serializer. The worker's Fastify has called the `preSerialization` hooks. */
function sendUnserialized (reply: FastifyReply, encoded: EncodedValues): void {
  const unpacked: { payload?: unknown } = {}
  decode(encoded, unpacked, String)
  let payload: unknown
  try {
    payload = findSerializer(reply)!(unpacked.payload)
  } catch (error) {
    // Fastify sets `serialization` too, for its error handlers.
    if (typeof error === 'object' && error !== null) {
      Reflect.set(error, 'serialization', reply.request.routeOptions.config)
    }
    reply.send(error)
    return
  }
  sendSerialized(reply, payload)
}

/**
 * Sends a payload that has been serialized. The worker's Fastify has found content type and charset of the
 * payload, or none, and send() would look for them again. So send() gets an empty text, and a serializer that
 * returns the payload: if there is a content type, Fastify takes what a serializer makes of a text as it is.
 */
function sendSerialized (reply: FastifyReply, payload: unknown): void {
  const isTyped = reply.hasHeader('content-type')
  if (!isTyped) reply.type('text/plain')
  const serialize = (): unknown => {
    if (!isTyped) reply.removeHeader('content-type')
    // Restores the serializer of the loop's hooks: a later error handler needs that one.
    setSerializer(reply, findSerializer(reply))
    return payload instanceof Uint8Array ? asBuffer(payload) : payload
  }
  setSerializer(reply, serialize as () => string)
  reply.send('')
}
