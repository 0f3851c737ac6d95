import type { FastifyReply, FastifyRequest } from 'fastify'
import { readReply } from '../reply-state.js'
import { UnsupportedAnswer } from '../errors.js'
import { detach } from '../wire/bytes.js'
import { isCloneable } from '../wire/fault.js'
import type { Answer } from '../wire/messages.js'
import { isStream } from '../wire/streams.js'
import { visitOf } from './exchange.js'
import type { WorkerVisit } from './visit.js'

/** The last `onSend` hook of a blocking route. */
export function captureAnswer (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void): void {
  const visit = visitOf(request)
  if (visit === undefined) return done(null, payload)
  const { attendance } = visit
  if (attendance === undefined || attendance.isOver || !isAnswer(visit, payload)) return capture(visit, reply, payload, done)
  attendance.dispose(undefined).then((failure) => {
    if (failure === undefined) capture(visit, reply, payload, done)
    else done(failure.error instanceof Error ? failure.error : new Error(String(failure.error)))
  }, done)
}

/** Otherwise an error follows, and is to be thrown into what has been begun. */
function isAnswer ({ isNotFound, open: { bytes } }: WorkerVisit, payload: unknown): boolean {
  if (isNotFound || typeof payload === 'string' || Buffer.isBuffer(payload) || payload === undefined || payload === null) return true
  return !bytes && !isStream(payload) && !ArrayBuffer.isView(payload) && isCloneable(payload)
}

function capture (visit: WorkerVisit, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void): void {
  const { bytes, route } = visit.open
  if (visit.isNotFound) {
    answer(visit, reply, undefined)
    done(null, null)
  } else if (typeof payload === 'string' || Buffer.isBuffer(payload) || payload === undefined || payload === null) {
    answer(visit, reply, detach(payload ?? undefined, bytes))
    done(null, null)
  } else if (isStream(payload)) {
    done(new UnsupportedAnswer(route, 'a stream'))
  } else if (bytes || ArrayBuffer.isView(payload)) {
    done(null, payload) // Fastify has an error for it
  } else if (isCloneable(payload)) {
    answer(visit, reply, payload) // the loop's hooks may make something of it
    done(null, null)
  } else {
    done(new UnsupportedAnswer(route, 'data that cannot be cloned'))
  }
}

function answer (visit: WorkerVisit, reply: FastifyReply, payload: unknown): void {
  const { statusMessage } = reply.raw
  const message: Omit<Answer, 'slot'> = { ...readReply(reply), payload, notFound: visit.isNotFound }
  if (statusMessage !== '') message.statusMessage = statusMessage
  visit.answer(message)
}
