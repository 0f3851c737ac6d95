import { type BufferPool, isPoolable } from './buffer-pool.js'

/**
 * From this length in characters a text crosses as transferred bytes: cloning the text would cost the loop
 * more.
 */
const bytesFrom = 4_096

/**
 * Returns a payload in the form in which it leaves the worker. Bytes are copied to memory of their own, which
 * can be transferred: the original may be a view of a larger buffer, or its creator may keep it. The memory
 * may come from the pool `spent`, unless hooks are about to see the payload.
 */
export function detach (
  payload: string | Uint8Array | undefined, textAsBytes: boolean, spent: BufferPool
): string | Uint8Array | undefined {
  if (payload instanceof Uint8Array) {
    return textAsBytes && isPoolable(payload)
      ? copyTo(spent.allocate(payload.length), payload)
      : new Uint8Array(payload)
  }
  return textAsBytes && payload !== undefined && payload.length >= bytesFrom
    ? encodeText(payload, spent)
    : payload
}

function copyTo (bytes: Uint8Array, original: Uint8Array): Uint8Array {
  bytes.set(original)
  return bytes
}

function encodeText (text: string, spent: BufferPool): Uint8Array {
  // Buffer.from(text) may give a view of a shared pool, which cannot be transferred.
  const bytes = spent.allocate(Buffer.byteLength(text))
  // Bytes after the written ones may be those of another answer.
  return bytes.subarray(0, asBuffer(bytes).write(text))
}

/** Returns the same memory as a Buffer: structured clone turns a Buffer into a Uint8Array. */
export function asBuffer (bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Makes Uint8Arrays Buffers again, in place, since other objects may refer to them. */
export function restoreBuffers (arrived: Uint8Array[]): void {
  for (const bytes of arrived) Object.setPrototypeOf(bytes, Buffer.prototype)
}

/**
 * Returns a view of its own bytes alone: structured clone of a view clones the whole buffer, unless that is
 * shared.
 */
export function compactView (view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view
  if (byteLength === buffer.byteLength || buffer instanceof SharedArrayBuffer) return view
  const own = buffer.slice(byteOffset, byteOffset + byteLength)
  const View = Buffer.isBuffer(view)
    ? Uint8Array
    : view.constructor as new (own: ArrayBufferLike) => ArrayBufferView
  return new View(own)
}
