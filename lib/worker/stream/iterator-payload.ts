import { Readable } from 'node:stream'
import { has, isStream } from '../../wire/streams.js'
import { iterate, readStream, type Source } from './chunk-source.js'

/*
 * Fastify makes JSON of an iterator, which is {}. Here it is sent as the stream that it stands for.
 */

const iterators = new WeakMap<object, object>()

/** What is sent in its place; anything else as it is. */
export function streamOfIterator (payload: unknown): unknown {
  return isIterator(payload) ? wrap(payload) : payload
}

export function sourceOf (stream: object): Source {
  const iterator = iterators.get(stream)
  // Read by nobody yet, it need not be asked for each chunk by way of a stream.
  return iterator === undefined || (stream as Readable).readableFlowing !== null ? readStream(stream) : iterate(iterator)
}

/** Generator objects and other iterators, and async iterables; but not what says itself what JSON is made of it. */
function isIterator (payload: unknown): payload is Iterable<unknown> {
  if (typeof payload !== 'object' || payload === null || isStream(payload) || has(payload, 'toJSON')) return false
  return has(payload, Symbol.asyncIterator) || (has(payload, 'next') && has(payload, Symbol.iterator))
}

function wrap (iterator: Iterable<unknown>): Readable {
  const stream = Readable.from(iterator, { highWaterMark: 1 })
  iterators.set(stream, iterator)
  return stream
}
