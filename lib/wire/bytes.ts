import { isPoolable, type BufferPool } from './buffer-pool.js'

/** From this length on, in characters, a text travels as transferred bytes: a clone costs the loop more than that. */
const bytesFrom = 4_096

/**
 * A payload in the form in which it leaves the worker. Bytes are copied to memory of their own, which can be moved:
 * the original may be a view of something larger, or be kept by whoever made it. It may be memory that has been used
 * before, unless hooks are about to see it.
 */
export function detach (payload: string | Uint8Array | undefined, textAsBytes: boolean, spent: BufferPool): string | Uint8Array | undefined {
  if (payload instanceof Uint8Array) return textAsBytes && isPoolable(payload) ? copyTo(spent.allocate(payload.length), payload) : new Uint8Array(payload)
  return textAsBytes && payload !== undefined && payload.length >= bytesFrom ? encodeText(payload, spent) : payload
}

function copyTo (bytes: Uint8Array, original: Uint8Array): Uint8Array {
  bytes.set(original)
  return bytes
}

function encodeText (text: string, spent: BufferPool): Uint8Array {
  // Not Buffer.from(text): its result may be a view of a shared pool, which cannot be moved.
  const bytes = spent.allocate(Buffer.byteLength(text))
  // What has not been written is another answer's.
  return bytes.subarray(0, asBuffer(bytes).write(text))
}

/** The same memory as a Buffer: a structured clone turns a Buffer into a Uint8Array. */
export function asBuffer (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Makes them Buffers again, in place: others may hold them. */
export function restoreBuffers (arrived: Uint8Array[]): void {
  for (const bytes of arrived) Object.setPrototypeOf(bytes, Buffer.prototype)
}

/** Of a view, its own bytes alone: cloning a view clones all of the memory that it looks at, unless that is shared. */
export function compactView (view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view
  if (byteLength === buffer.byteLength || buffer instanceof SharedArrayBuffer) return view
  const own = buffer.slice(byteOffset, byteOffset + byteLength)
  const View = Buffer.isBuffer(view) ? Uint8Array : view.constructor as new (own: ArrayBufferLike) => ArrayBufferView
  return new View(own)
}
