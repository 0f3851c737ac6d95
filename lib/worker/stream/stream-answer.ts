import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/request-scope.js'
import { deserializeError } from '../../wire/error.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { RawResponse } from '../visit/raw-response.js'
import { chunkSourceOf } from './iterator-payload.js'
import { LastChunkHold } from './hold-last-chunk.js'
import { ChunkPump } from './pump.js'
import { endIfStopped } from '../visit/end-if-stopped.js'
import type { WorkerVisit } from '../visit/visit.js'

/**
 * A streamed answer's way out of the worker. `answer` is called with its first part, so that a stream that breaks before
 * it has one is an error like any other; `done` ends Fastify's own work on the reply, or takes that error.
 */
export async function sendStream (visit: WorkerVisit, reply: FastifyReply, stream: object, answer: Answer, done: (error?: unknown) => void): Promise<void> {
  const raw: unknown = reply.raw
  let hasBegun = false
  let cancelled: Failure | undefined
  const send = (part: Uint8Array): void => {
    if (hasBegun) return visit.sendChunk(part)
    // Something else has been answered meanwhile: an error that was thrown after the stream had been sent.
    if (visit.isCaptured || visit.isOver) return pump.stop()
    hasBegun = true
    if (raw instanceof RawResponse) raw.headersSent = true
    answer(part, 'begun')
  }
  const outlet = new LastChunkHold(Number(reply.getHeader('content-length')), send)
  const pump = new ChunkPump(visit.open.route, chunkSourceOf(stream), (part) => outlet.pass(part), () => visit.abortReason === AbortReason.none, visit.bufferPool)
  const running = pump.run()
  visit.onCredit = ({ bytes, isCancelled, error }) => {
    pump.addCredit(bytes)
    if (isCancelled !== true) return
    cancelled = error && { error: deserializeError(error) }
    pump.stop()
  }
  visit.session.watchAbort(() => { if (visit.abortReason !== AbortReason.none) pump.stop() })

  let failure: Failure | undefined
  try {
    await running
  } catch (error) {
    failure = { error }
  }
  if (pump.isStopped) failure ??= visit.stopped ?? cancelled
  // Of what was stopped nothing more leaves, nor what was held.
  const held = outlet.end(pump.isStopped ? new Uint8Array() : pump.takeRemaining())
  const last = pump.isStopped ? new Uint8Array() : held
  if (!hasBegun && (failure === undefined || last.length === 0)) {
    failure ??= await visit.planRun?.dispose(undefined)
    if (endIfStopped(visit, reply, undefined, failure)) return
    if (failure !== undefined) return done(failure.error)
    answer(last, 'whole')
    return done()
  }
  if (!hasBegun) send(new Uint8Array())
  const out = visit.planRun === undefined ? failure : await visit.planRun.dispose(failure)
  visit.endStream(out, last)
  if (out === undefined) done()
  else if (raw instanceof RawResponse) raw.abort()
}

/** Of an answer without a body, such as a 204: the stream is not asked for anything. */
export async function dropStream (visit: WorkerVisit, reply: FastifyReply, stream: object, answer: Answer, done: (error?: unknown) => void): Promise<void> {
  try {
    await chunkSourceOf(stream).cancel()
  } catch (error) {
    // A stream that is locked, or broken already, is none of this answer's business.
    reply.log.debug({ err: error }, 'fastify-blocking: a stream that is not sent could not be cancelled')
  }
  const failure = await visit.planRun?.dispose(undefined)
  if (endIfStopped(visit, reply, undefined, failure)) return
  if (failure !== undefined) return done(failure.error)
  answer(new Uint8Array(), 'whole')
  done()
}

type Answer = (payload: Uint8Array, stream: 'whole' | 'begun') => void
