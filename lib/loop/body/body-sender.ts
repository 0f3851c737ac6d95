import type { ServerResponse } from 'node:http'
import { finished, type Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { ClientGone, NotCloneable } from '../../errors.js'
import type { Session } from '../../executor.js'
import { IncomingMessage } from '../../node-http.js'
import { ChunkBatch } from '../../wire/chunk-batch.js'
import { describeUncloneable } from '../../wire/cloneable.js'
import { deserializeError, serializeError } from '../../wire/error.js'
import type { Credit, OpenVisit } from '../../wire/messages.js'
import type { Trailers } from '../../wire/request-state.js'
import { batchSize, hasMethod } from '../../wire/streams.js'

/** A smaller chunk is copied, since a message part of its own would cost more than the copy. */
export const minTransferBytes = batchSize / 4

/** Fastify reads `receivedEncodedLength` of the stream of a hook that decodes the body. */
export type Payload = Readable & { receivedEncodedLength?: number }

/**
 * Sends a body to the worker as it comes, as far as the worker has granted credit (backpressure). A body that
 * the worker does not read stays in the socket.
 */
export class BodySender {
  readonly mode: NonNullable<OpenVisit['bodyMode']>
  /** The whole body, if it has come before the request is sent. */
  inlineBody: Uint8Array | undefined
  readonly #route: string
  readonly #stream: Payload
  readonly #raw: FastifyRequest['raw']
  readonly #batch = new ChunkBatch()
  /**
   * Parts to be sent in one message at the end of this turn of the event loop: each message may wake the
   * worker.
   */
  #parts: Uint8Array[] = []
  readonly #flush = (): void => this.#send()
  readonly #onError = (): void => {}
  readonly #onData = (chunk: unknown): void => this.#onChunk(chunk)
  #session: Session | undefined
  #credit = 0
  #flushing: NodeJS.Immediate | undefined
  /** Set while the body is read: ends the reading. */
  #stopReading: (() => void) | undefined
  #wasRead: boolean
  readonly #wasFlowing: boolean
  #isOver = false
  #isClosed = false

  constructor (route: string, stream: Payload, mode: BodySender['mode'], raw: FastifyRequest['raw']) {
    this.#route = route
    this.mode = mode
    this.#stream = stream
    this.#raw = raw
    // A stream that flows already is paused: its data has to wait for the worker.
    this.#wasFlowing = stream.readableFlowing === true
    if (this.#wasFlowing) stream.pause()
    this.#wasRead = stream.readableDidRead
    // The stream may break before it is read, and the error would have no listener.
    stream.on('error', this.#onError)
  }

  /** Leaves the body, of which nothing has been read, to the loop again. */
  release (): void {
    this.#stream.off('error', this.#onError)
    if (this.#wasFlowing) this.#stream.resume()
  }

  /** Whether other code has read from the stream since the sender was made. */
  get wasReadElsewhere (): boolean {
    return this.#stream.readableDidRead !== this.#wasRead
  }

  /**
   * Calls back once the bytes that have come together with the head are there: Node's parser comes to them
   * after the request. If they are the whole body, they go with the request, and the worker need not grant
   * credit.
   */
  whenFirstChunkRead (callback: () => void): void {
    process.nextTick(() => {
      this.#readInlineBody()
      callback()
    })
  }

  open (session: Session): void {
    this.#session = session
  }

  receiveCredit ({ bytes, isCancelled, error }: Credit): void {
    if (this.#isOver) return
    if (isCancelled === true) {
      this.#end()
      this.#stream.destroy(error && deserializeError(error))
      return
    }
    this.#credit += bytes
    if (this.#stopReading === undefined) this.#startReading()
    if (this.#credit > 0) this.#stream.resume()
  }

  /** Breaks the body off: the worker gets the error in the place of the rest. */
  break (error: Error): void {
    if (this.#isOver) return
    this.#end()
    this.#session?.send({ type: 'end', error: serializeError(error) })
  }

  /**
   * Called when the visit is over. The rest of the body would keep the connection from its next request, and
   * Node drains only a body that nobody has read from.
   */
  close (response: Pick<ServerResponse, 'closed' | 'once'>): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#end()
    if (this.#stream === this.#raw && this.#stopReading === undefined) return
    if (response.closed) this.#drain()
    else response.once('close', () => this.#drain())
  }

  #readInlineBody (): void {
    if (this.#isOver || this.#stream !== this.#raw || !isFullyBuffered(this.#raw)) return
    this.inlineBody = new Uint8Array((this.#raw.read() as Buffer | null) ?? [])
    this.#isOver = true
  }

  #startReading (): void {
    const stop = finished(this.#stream, { writable: false }, (error) => this.#finish(error ?? undefined))
    // pipe() does not tell an error of the raw request to the stream that it flows into.
    const stopOfRaw = finished(this.#raw, { writable: false }, (error) => {
      if (this.#stream !== this.#raw && error !== undefined && error !== null) {
        this.#finish(new ClientGone(this.#route))
      }
    })
    this.#stream.on('data', this.#onData)
    this.#stopReading = () => {
      stop()
      stopOfRaw()
      this.#stream.off('data', this.#onData)
      this.#stream.pause()
    }
  }

  #onChunk (chunk: unknown): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      this.#stream.destroy(new NotCloneable('a chunk of the body', describeUncloneable(chunk)))
      return
    }
    if (this.#isTransferable(chunk)) {
      this.#flushBatch()
      this.#addPart(chunk)
    } else if (chunk.length >= batchSize) {
      // Sent whole, as it would arrive on the loop: an injected body is one chunk, and some parsers notice a
      // difference.
      this.#flushBatch()
      this.#addPart(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk))
    } else this.#addToBatch(chunk)
    this.#flushing ??= setImmediate(this.#flush)
    if (this.#credit <= 0) this.#stream.pause()
  }

  /** Whether a chunk can be transferred. Only Node's own HTTP/1 parser is known to keep no chunk. */
  #isTransferable (chunk: string | Uint8Array): chunk is Uint8Array {
    return chunk instanceof Uint8Array && chunk.length >= minTransferBytes &&
      chunk.length === chunk.buffer.byteLength &&
      this.#stream instanceof IncomingMessage && this.#stream.listenerCount('data') === 1
  }

  #addToBatch (chunk: string | Uint8Array): void {
    for (let rest: string | Uint8Array | undefined = chunk; rest !== undefined;) {
      rest = this.#batch.add(rest)
      if (this.#batch.isFull) this.#flushBatch()
    }
  }

  #flushBatch (): void {
    if (!this.#batch.isEmpty) this.#addPart(this.#batch.take())
  }

  #addPart (part: Uint8Array): void {
    this.#credit -= part.length
    this.#parts.push(part)
  }

  #send (): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    this.#flushBatch()
    if (this.#parts.length === 0) return
    const chunks = this.#parts
    this.#parts = []
    this.#session!.send(
      { type: 'chunks', chunks, ...this.#encoded },
      chunks.map(({ buffer }) => buffer as ArrayBuffer)
    )
  }

  #finish (error: Error | undefined): void {
    if (this.#isOver) return
    this.#send()
    this.#end()
    const trailers = readTrailers(this.#raw)
    this.#session!.send({
      type: 'end',
      ...this.#encoded,
      ...(trailers && { trailers }),
      ...(error && { error: serializeError(error) })
    })
  }

  get #encoded (): { encodedLength: number } | undefined {
    const { receivedEncodedLength } = this.#stream
    return receivedEncodedLength === undefined ? undefined : { encodedLength: receivedEncodedLength }
  }

  #end (): void {
    this.#isOver = true
    clearImmediate(this.#flushing)
    this.#stopReading?.()
  }

  #drain (): void {
    if (this.#stream !== this.#raw) {
      // Before destroy(): the raw request would be paused when the stream that it flows into is gone.
      this.#raw.unpipe()
      this.#stream.destroy()
    }
    this.#raw.resume()
  }
}

/** Returns the trailers of a body that has come to its end; undefined if it has none. */
export function readTrailers ({ rawTrailers, trailers }: FastifyRequest['raw']): Trailers | undefined {
  return rawTrailers === undefined || rawTrailers.length === 0
    ? undefined
    : { lines: rawTrailers, joined: trailers }
}

/**
 * Returns the sender of a body that the worker is to read although the route is without `parse`; undefined if
 * the loop has parsed the body, or if there is none.
 */
export function createBodySender (route: string, { raw, body }: FastifyRequest): BodySender | undefined {
  if (body !== raw && isReadable(body)) return new BodySender(route, body, 'stream', raw)
  if (raw.readableDidRead || raw.readableFlowing !== null || !hasBody(raw)) return undefined
  return new BodySender(route, raw, 'unread', raw)
}

/** Whether Fastify would call a content type parser, even for an empty body. */
export function hasBody ({ headers }: FastifyRequest['raw']): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type } = headers
  return type !== undefined || encoding !== undefined || (length !== undefined && length !== '0')
}

function isReadable (body: unknown): body is Payload {
  return typeof body === 'object' && body !== null &&
    ['pipe', 'on', 'pause', 'resume', 'destroy'].every((name) => hasMethod(body, name))
}

/**
 * Whether the whole body is buffered, and no other code uses it: it has the length that the head tells, which
 * Node enforces in HTTP/1.
 */
export function isFullyBuffered (raw: FastifyRequest['raw']): boolean {
  return raw instanceof IncomingMessage && raw.readableLength === Number(raw.headers['content-length']) &&
    !raw.destroyed && raw.readableFlowing === null && raw.readableEncoding === null
}
