import { AsyncResource } from 'node:async_hooks'
import { errorCodes, type FastifyReply, type FastifyRequest } from 'fastify'
import { IncomingMessage } from '../../node-http.js'
import { isFullyBuffered, type Payload } from './body-sender.js'

/** The chunks of a body, in order; none of them is empty. */
export interface Collected {
  chunks: Uint8Array[]
  /** Whether other code may have the chunks as well. Only Node's own HTTP/1 parser is known to keep none. */
  isShared: boolean
}

type Callback = (error: Error | null, collected?: Collected) => void

/**
 * Reads a body to its end. Calls back, in the async context of the request, with the bytes or with the error
 * that Fastify has for a parser of texts: a body that is longer than `limit` bytes, or not as long as its
 * `content-length`, and a stream that breaks. Does not call back if Fastify's handlerTimeout, or a hook, has
 * answered meanwhile.
 */
export function collectBody (
  request: FastifyRequest, reply: FastifyReply, payload: Payload, limit: number, callback: Callback
): void {
  const { raw } = request
  const finish: Callback = (error, collected) => {
    if (reply.sent) return
    // The client may go on to send.
    if (error !== null) reply.header('connection', 'close')
    callback(error, collected)
  }
  // A hook may have made the stream flow already, or have changed the length that counts.
  const isPlain = payload === raw && raw.readableFlowing === null &&
    request.headers['content-length'] === raw.headers['content-length']
  if (!isPlain) return readToEnd(request, payload, limit, finish)
  // Node's parser comes to the bytes that have come together with the head after the request.
  process.nextTick(() => {
    if (!isFullyBuffered(raw)) return readToEnd(request, payload, limit, finish)
    const bytes = raw.read() as Buffer | null
    finish(null, { chunks: bytes === null ? [] : [bytes], isShared: false })
  })
}

function readToEnd (request: FastifyRequest, payload: Payload, limit: number, callback: Callback): void {
  const scope = new AsyncResource('fastify-blocking.body')
  const collected: Collected = { chunks: [], isShared: !(payload instanceof IncomingMessage) }
  let length = 0

  function finish (error: Error | null): void {
    payload.off('data', onData).off('end', onEnd).off('error', onError)
    scope.runInAsyncScope(callback, undefined, error, error === null ? collected : undefined)
  }

  function onData (data: string | Uint8Array): void {
    const chunk = typeof data === 'string' ? Buffer.from(data) : data
    length += chunk.length
    if (length > limit || (payload.receivedEncodedLength ?? 0) > limit) {
      return finish(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE())
    }
    if (chunk.length > 0) collected.chunks.push(chunk)
    if (payload.listenerCount('data') > 1) collected.isShared = true
  }

  function onEnd (): void {
    const announced = Number(request.headers['content-length'])
    const isComplete = Number.isNaN(announced) || (payload.receivedEncodedLength || length) === announced
    finish(isComplete ? null : new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH())
  }

  function onError (error: Error & { statusCode?: unknown }): void {
    if (!(typeof error.statusCode === 'number' && error.statusCode >= 400)) error.statusCode = 400
    finish(error)
  }

  payload.on('data', onData).on('end', onEnd).on('error', onError).resume()
}
