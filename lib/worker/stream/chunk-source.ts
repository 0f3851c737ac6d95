import { finished, PassThrough, Readable } from 'node:stream'
import { finished as whenFinished } from 'node:stream/promises'
import { hasMethod } from '../../wire/streams.js'

/** The source of an answer's chunks, for every kind of stream. */
export interface ChunkSource {
  /** Whether each chunk is to leave before the next one is computed. */
  readonly isPrompt?: boolean
  next (): Step | PromiseLike<Step>
  /** Stops the source. Resolves once the producer has ended, rejects with the producer's error. */
  cancel (): unknown
}

type Step = IteratorResult<unknown, unknown>

/** Reads an iterator or an async iterable. */
export function iterate (iterable: object, isPrompt = false): ChunkSource {
  const iterator = isAsync(iterable)
    ? iterable[Symbol.asyncIterator]()
    : (iterable as Iterable<unknown>)[Symbol.iterator]()
  return { isPrompt, next: () => iterator.next(), cancel: () => iterator.return?.() }
}

/** Reads anything that Fastify takes for a stream: one of Node, a web stream, or any object with pipe(). */
export function readStream (stream: object): ChunkSource {
  if (!hasMethod(stream, 'pipe')) return readWeb(stream as ReadableStream<unknown>)
  if (stream instanceof Readable) return readReadable(stream)
  if (!isAsync(stream)) return readPiped(stream as Readable)
  const iterator = stream[Symbol.asyncIterator]()
  // Destroys the stream: return() of the iterator would wait for the chunk that next() has asked for.
  return { next: () => iterator.next(), cancel: () => destroy(stream as Readable) }
}

/**
 * Ends once the stream has been read. The stream's iterator would also wait for 'close', for example of a
 * file, and a client may know earlier that it has all bytes.
 */
function readReadable (stream: Readable): ChunkSource {
  let isOver = false
  let failure: { error: unknown } | undefined
  let wake = (): void => {}
  const end = (): void => {
    isOver = true
    wake()
  }
  stream.on('readable', () => wake()).once('end', end)
  finished(stream, { writable: false }, (error) => {
    if (error && !isOver) failure = { error }
    end()
  })
  return {
    async next () {
      while (true) {
        const value: unknown = stream.destroyed ? null : stream.read()
        if (value !== null) return { value }
        if (failure !== undefined) throw failure.error
        if (isOver) return { done: true, value: undefined }
        await new Promise<void>((resolve) => { wake = resolve })
      }
    },
    cancel: () => destroy(stream)
  }
}

function readWeb (stream: ReadableStream<unknown>): ChunkSource {
  const reader = stream.getReader()
  return { next: () => reader.read() as PromiseLike<Step>, cancel: () => reader.cancel() }
}

/** Reads an object that has pipe() and is not async iterable. */
function readPiped (stream: Readable): ChunkSource {
  const passed = new PassThrough()
  stream.on('error', (error) => passed.destroy(error))
  stream.pipe(passed)
  const { next } = readStream(passed)
  return {
    next,
    async cancel () {
      const name = ['destroy', 'close', 'abort'].find((name) => hasMethod(stream, name))
      if (name !== undefined) Reflect.apply(Reflect.get(stream, name) as () => void, stream, [])
      await destroy(passed)
    }
  }
}

async function destroy (stream: Readable): Promise<void> {
  stream.on('error', () => {}) // an error without a listener would end the thread
  stream.destroy()
  try {
    await whenFinished(stream)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

function isAsync (value: object): value is AsyncIterable<unknown> {
  return hasMethod(value, Symbol.asyncIterator)
}
