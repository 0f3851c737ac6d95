import { Readable } from 'node:stream'
import { chunksOf } from '../../streams/item-stream.js'
import { hasMethod, isStream } from '../../wire/streams.js'
import { type ChunkSource, iterate, readStream } from './chunk-source.js'

/*
 * Fastify serializes an iterator as JSON, which gives {}. A visit sends an iterator as a stream of its
 * values.
 */

const iterators = new WeakMap<object, object>()

/** Returns a stream for an iterator, and any other payload as it is. */
export function toStream (payload: unknown): unknown {
  return isIterator(payload) ? wrapIterator(payload) : payload
}

export function chunkSourceOf (stream: object): ChunkSource {
  const { chunks = iterators.get(stream), isPrompt } = chunksOf(stream) ?? {}
  // Nobody has read the stream yet: read the iterator itself, without the stream in between.
  return chunks === undefined || (stream as Readable).readableFlowing !== null
    ? readStream(stream)
    : iterate(chunks, isPrompt)
}

/**
 * Whether the payload is a generator or another iterator, or an async iterable. An object with toJSON()
 * defines its own JSON, and is not one of them.
 */
function isIterator (payload: unknown): payload is Iterable<unknown> {
  if (
    typeof payload !== 'object' || payload === null || isStream(payload) || hasMethod(payload, 'toJSON')
  ) return false
  return hasMethod(payload, Symbol.asyncIterator) ||
    (hasMethod(payload, 'next') && hasMethod(payload, Symbol.iterator))
}

function wrapIterator (iterator: Iterable<unknown>): Readable {
  const stream = Readable.from(iterator, { highWaterMark: 1 })
  iterators.set(stream, iterator)
  return stream
}
