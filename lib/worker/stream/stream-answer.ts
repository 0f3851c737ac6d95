import type { FastifyReply } from 'fastify'
import type { Failure } from '../../dependencies/failure.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { deserializeError } from '../../wire/error.js'
import { endIfStopped } from '../visit/end-if-stopped.js'
import { RawResponse } from '../visit/raw-response.js'
import type { WorkerVisit } from '../visit/visit.js'
import { LastChunkHold } from './hold-last-chunk.js'
import { chunkSourceOf } from './iterator-payload.js'
import { ChunkPump } from './chunk-pump.js'

/**
 * Sends a streamed answer to the loop. `answer` is called with the first part: a stream that fails before its
 * first part gives an ordinary error, which `done` gets. Otherwise `done` ends Fastify's own work on the
 * reply.
 */
export async function sendStream (
  visit: WorkerVisit,
  reply: FastifyReply,
  stream: object,
  answer: Answer,
  done: (error?: unknown) => void
): Promise<void> {
  const raw: unknown = reply.raw
  let hasBegun = false
  let cancelled: Failure | undefined
  const send = (part: Uint8Array): void => {
    if (hasBegun) return visit.sendChunk(part)
    // Another answer has been captured meanwhile: an error that was thrown after reply.send(stream).
    if (visit.isCaptured || visit.isOver) return pump.stop()
    hasBegun = true
    if (raw instanceof RawResponse) raw.headersSent = true
    answer(part, 'begun')
  }
  const lastChunkHold = new LastChunkHold(Number(reply.getHeader('content-length')), send)
  const pump = new ChunkPump(
    visit.open.route,
    chunkSourceOf(stream),
    (part) => lastChunkHold.pass(part),
    () => visit.abortReason === AbortReason.none,
    visit.bufferPool
  )
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
  // A stopped stream sends nothing more: neither the remaining bytes nor the held chunk.
  const held = lastChunkHold.end(pump.isStopped ? new Uint8Array() : pump.takeRemaining())
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

/** Sends an answer without a body, such as a 204: cancels the stream without reading from it. */
export async function dropStream (
  visit: WorkerVisit,
  reply: FastifyReply,
  stream: object,
  answer: Answer,
  done: (error?: unknown) => void
): Promise<void> {
  try {
    await chunkSourceOf(stream).cancel()
  } catch (error) {
    // The stream may be locked or broken already: neither is an error of this answer.
    reply.log.debug({ err: error }, 'fastify-blocking: a stream that is not sent could not be cancelled')
  }
  const failure = await visit.planRun?.dispose(undefined)
  if (endIfStopped(visit, reply, undefined, failure)) return
  if (failure !== undefined) return done(failure.error)
  answer(new Uint8Array(), 'whole')
  done()
}

type Answer = (payload: Uint8Array, stream: 'whole' | 'begun') => void
