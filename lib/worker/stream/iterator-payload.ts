import { Readable } from 'node:stream'
import { hasMethod, isStream } from '../../wire/streams.js'
import { iterate, readStream, type ChunkSource } from './chunk-source.js'

/*
 * Fastify makes JSON of an iterator, which is {}. Here it is sent as the stream that it stands for.
 */

const iterators = new WeakMap<object, object>()

/** What is sent in its place; anything else as it is. */
export function toStream (payload: unknown): unknown {
  return isIterator(payload) ? wrapIterator(payload) : payload
}

export function chunkSourceOf (stream: object): ChunkSource {
  const iterator = iterators.get(stream)
  // Read by nobody yet, it need not be asked for each chunk by way of a stream.
  return iterator === undefined || (stream as Readable).readableFlowing !== null ? readStream(stream) : iterate(iterator)
}

/** Generator objects and other iterators, and async iterables; but not what says itself what JSON is made of it. */
function isIterator (payload: unknown): payload is Iterable<unknown> {
  if (typeof payload !== 'object' || payload === null || isStream(payload) || hasMethod(payload, 'toJSON')) return false
  return hasMethod(payload, Symbol.asyncIterator) || (hasMethod(payload, 'next') && hasMethod(payload, Symbol.iterator))
}

function wrapIterator (iterator: Iterable<unknown>): Readable {
  const stream = Readable.from(iterator, { highWaterMark: 1 })
  iterators.set(stream, iterator)
  return stream
}
