import { errorCodes, type FastifyReply, type FastifyRequest } from 'fastify'
import { LoopOnly, NotCloneable, UnsupportedAnswer } from '../../errors.js'
import { toHookError } from '../../request-errors.js'
import { hasFailed } from '../../request/background.js'
import { readReply, readWritten } from '../../request/reply-head.js'
import { detach } from '../../wire/bytes.js'
import { crosses, isCloneable } from '../../wire/cloneable.js'
import type { Answer } from '../../wire/messages.js'
import type { ReplyState } from '../../wire/request-state.js'
import { isStream, isWebResponse } from '../../wire/streams.js'
import { createValues, dropUncloneable, encode } from '../../wire/values.js'
import { dropStream, sendStream } from '../stream/stream-answer.js'
import { endIfStopped } from '../visit/end-if-stopped.js'
import { visitOf } from '../visit/raw-request.js'
import { UnserializedPayload } from '../visit/serializer.js'
import type { WorkerVisit } from '../visit/visit.js'

type Done = (error: Error | null, payload?: unknown) => void

/**
 * Called at the first error of a visit. When every answer, those of the error handlers included, has failed
 * in a serializer or in hooks, Fastify writes a last one to the response and calls no hook. `onWritten`
 * captures that answer.
 */
export function expectLastResort (visit: WorkerVisit, reply: FastifyReply): void {
  visit.lifecycle.onWritten = (headers, payload) => {
    answerWith(
      visit,
      reply,
      { ...readWritten(reply, headers), isWritten: true },
      detach(payload, visit.open.mayReturnBytes, visit.bufferPool)
    )
  }
}

/** The last `onSend` hook of a blocking route: captures the answer. */
export function captureAnswer (
  request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done
): void {
  const visit = visitOf(request)
  if (visit === undefined) return done(null, payload)
  if (endIfStopped(visit, reply, undefined, undefined)) return
  // A streamed answer has been captured and is still on its way: warn as Fastify does.
  if (visit.isCaptured) {
    return reply.log.warn({ err: new errorCodes.FST_ERR_REP_ALREADY_SENT(request.url, request.method) })
  }
  if (reply.hasHeader('trailer') || reply.raw.hasHeader('trailer')) {
    reply.removeHeader('trailer').raw.removeHeader('trailer')
    return done(new LoopOnly('the header trailer'))
  }
  if (!visit.lifecycle.isNotFound && isStream(payload)) return captureStream(visit, reply, payload, done)
  const { planRun } = visit
  if (planRun === undefined || planRun.isOver || !endsLifecycle(visit, payload)) {
    return capture(visit, reply, payload, done)
  }
  planRun.dispose(undefined).then((failure) => {
    if (endIfStopped(visit, reply, undefined, failure)) return
    if (failure === undefined) capture(visit, reply, payload, done)
    else done(toHookError(failure.error))
  }, done)
}

/** Captures a streamed answer. The dependencies are torn down when the stream has ended. */
function captureStream (visit: WorkerVisit, reply: FastifyReply, payload: object, done: Done): void {
  const stream = isWebResponse(payload) ? applyWebResponse(payload, reply) : payload
  if (stream === null) return captureAnswer(reply.request, reply, null, done)
  if (stream !== payload && 'bodyUsed' in payload && payload.bodyUsed === true) {
    return done(new errorCodes.FST_ERR_REP_RESPONSE_BODY_CONSUMED())
  }
  const send = hasBody(reply) ? sendStream : dropStream
  if (send === sendStream && 'locked' in stream && stream.locked === true) {
    return done(new errorCodes.FST_ERR_REP_READABLE_STREAM_LOCKED())
  }
  send(visit, reply, stream, (part, stage) => answer(visit, reply, part, stage), (error) => {
    if (error === undefined) done(null, null)
    else done(toHookError(error))
  })
}

function hasBody ({ statusCode }: FastifyReply): boolean {
  return statusCode >= 200 && statusCode !== 204
}

/**
 * Does what Fastify does after the last hook: sets the reply's status and headers, and returns the body as
 * payload.
 */
function applyWebResponse ({ status, headers, body }: Response, reply: FastifyReply): object | null {
  reply.code(status)
  for (const [name, value] of headers) reply.header(name, value)
  return body
}

/**
 * Whether the answer with this payload ends the request's lifecycle. Otherwise capture() leads to an error,
 * and the error has to be thrown into the open generators.
 */
function endsLifecycle (
  { lifecycle: { isNotFound }, open: { mayReturnBytes, method } }: WorkerVisit, payload: unknown
): boolean {
  if (payload instanceof UnserializedPayload) return crosses(payload.payload)
  if (
    isNotFound || (ArrayBuffer.isView(payload) && method === 'HEAD') || typeof payload === 'string' ||
    Buffer.isBuffer(payload) || payload === undefined || payload === null
  ) return true
  return !mayReturnBytes && !ArrayBuffer.isView(payload) && isCloneable(payload)
}

function capture (visit: WorkerVisit, reply: FastifyReply, payload: unknown, done: Done): void {
  const { mayReturnBytes, method, route } = visit.open
  if (visit.lifecycle.isNotFound) {
    answer(visit, reply, undefined)
    done(null, null)
  } else if (payload instanceof UnserializedPayload) {
    captureUnserialized(visit, reply, payload, done)
  } else if (
    typeof payload === 'string' || Buffer.isBuffer(payload) || payload === undefined || payload === null
  ) {
    answer(visit, reply, detach(payload ?? undefined, mayReturnBytes, visit.bufferPool))
    done(null, null)
  } else if (ArrayBuffer.isView(payload) && method === 'HEAD') {
    // Fastify makes a HEAD route from a GET route, with an onSend hook that reads the length of the payload
    // alone. A DataView has the length, and the loop does not take it for a Buffer.
    answer(visit, reply, new DataView(
      payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.byteLength)
    ))
    done(null, null)
  } else if (mayReturnBytes || ArrayBuffer.isView(payload)) {
    done(null, payload) // Fastify throws an error for a payload of this type
  } else if (isCloneable(payload)) {
    answer(visit, reply, payload) // the loop's onSend hooks may convert the data
    done(null, null)
  } else {
    done(new UnsupportedAnswer(route, 'data that cannot be cloned'))
  }
}

function captureUnserialized (
  visit: WorkerVisit, reply: FastifyReply, { payload }: UnserializedPayload, done: Done
): void {
  const unserialized = createValues()
  encode(unserialized, 'payload', payload)
  if (unserialized.omitted === undefined && !isCloneable(unserialized)) dropUncloneable(unserialized)
  if (unserialized.omitted !== undefined) {
    const [path, what] = unserialized.omitted.payload!
    return done(new NotCloneable(
      `the payload${path}, which a serializer that a hook has set is given on the loop,`, what
    ))
  }
  answerWith(visit, reply, { ...readReply(reply), unserialized }, undefined)
  done(null, null)
}

function answer (visit: WorkerVisit, reply: FastifyReply, payload: unknown, stream?: Answer['stream']): void {
  answerWith(visit, reply, readReply(reply), payload, stream)
}

function answerWith (
  visit: WorkerVisit,
  of: FastifyReply,
  reply: ReplyState & Pick<Answer, 'isWritten' | 'unserialized'>,
  payload: unknown,
  stream?: Answer['stream']
): void {
  // Mutate the object: a spread copy has a hidden class of its own in V8, and structured clone of it is
  // slower.
  const message: Omit<Answer, 'type'> = reply
  message.payload = payload
  const { isNotFound, refusal, sync, isHandled, isDeferred } = visit.lifecycle
  if (isNotFound) message.notFound = true
  if (hasFailed(of)) message.isFailed = true
  if (refusal !== undefined) message.refusal = refusal
  if (sync !== undefined) {
    // The body of a request that has failed before its handler crosses only if hooks of the loop may see it.
    if (!isHandled && (isDeferred || visit.open.isSeen !== true)) sync.keepBody()
    const known = sync.sharedCookies
    const changes = sync.diff()
    if (changes !== undefined) message.changes = changes
    if (known.length > 0) message.sentCookies = known
  }
  if (stream === 'begun') return visit.startStream(message)
  if (stream !== undefined) message.stream = stream
  visit.answer(message)
}
