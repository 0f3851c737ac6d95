import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

export type Items<Item> = Iterable<Item> | AsyncIterable<Item>

/** The chunks of a stream that createItemStream() has made. */
export interface ItemChunks {
  readonly chunks: Items<string>
  /** Whether each chunk is to leave before the next one is computed. */
  readonly isPrompt: boolean
}

// A symbol that all copies of this package share: an app may have the functions of one, and the plugin of
// another.
const key = Symbol.for('fastify-blocking.chunks')

/** Makes a stream of the chunks, of which it asks for one at a time. */
export function createItemStream (chunks: Items<string>, isPrompt: boolean): Readable {
  // A Readable asks for the next chunk before it gives the one that it has.
  const paced = isPrompt && !isAsync(chunks) ? takeTurns(chunks) : chunks
  const stream = Readable.from(paced, { highWaterMark: 1 })
  return Object.defineProperty(stream, key, { value: { chunks, isPrompt } satisfies ItemChunks })
}

/** Returns the chunks of a stream that createItemStream() has made; undefined of any other one. */
export function chunksOf (stream: object & { [key]?: ItemChunks }): ItemChunks | undefined {
  return stream[key]
}

export function isAsync<Item> (items: Items<Item>): items is AsyncIterable<Item> {
  return Symbol.asyncIterator in items
}

/** Maps items to chunks: `for` ends the source if `format` throws, or the reader wants no more. */
export function formatItems<Item> (items: Items<Item>, format: (item: Item) => string): Items<string> {
  return isAsync(items) ? formatAsync(items, format) : formatSync(items, format)
}

function * formatSync<Item> (items: Iterable<Item>, format: (item: Item) => string): Iterable<string> {
  for (const item of items) yield format(item)
}

async function * formatAsync<Item> (
  items: AsyncIterable<Item>, format: (item: Item) => string
): AsyncIterable<string> {
  for await (const item of items) yield format(item)
}

async function * takeTurns (chunks: Iterable<string>): AsyncIterable<string> {
  for (const chunk of chunks) {
    yield chunk
    await nextTurn()
  }
}
