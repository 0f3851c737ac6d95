import type { BufferPool } from './buffer-pool.js'
import { asBuffer } from './bytes.js'
import { batchSize } from './streams.js'

/**
 * Collects chunks of a stream for one message. The chunks are copied, since the memory of a message is
 * transferred and so lost here: a chunk may be a view of a larger buffer, and its creator may keep the chunk,
 * or use its memory again.
 */
export class ChunkBatch {
  #memory: Buffer | undefined
  readonly #bufferPool: BufferPool | undefined
  #length = 0

  /** `bufferPool` holds buffers of batches that the other side does not need any more. */
  constructor (bufferPool?: BufferPool) {
    this.#bufferPool = bufferPool
  }

  get isEmpty (): boolean {
    return this.#length === 0
  }

  get isFull (): boolean {
    return this.#length === batchSize
  }

  /** Copies as much of a chunk as there is room for, and returns the rest. */
  add (chunk: string | Uint8Array): Uint8Array | undefined {
    const memory = this.#memory ??= this.#allocate()
    const room = batchSize - this.#length
    // A character takes at most three bytes.
    if (typeof chunk === 'string' && chunk.length * 3 <= room) {
      this.#length += memory.write(chunk, this.#length)
      return undefined
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const fitting = bytes.length <= room ? bytes : bytes.subarray(0, room)
    memory.set(fitting, this.#length)
    this.#length += fitting.length
    return fitting === bytes ? undefined : bytes.subarray(room)
  }

  /** Returns the collected bytes in memory of their own, and empties the batch. */
  take (): Uint8Array {
    const filled = (this.#memory ?? Buffer.alloc(0)).subarray(0, this.#length)
    const isLarge = this.#length > batchSize / 2
    if (isLarge) this.#memory = undefined
    this.#length = 0
    // Copies a small batch: a few bytes are not worth the whole buffer.
    return isLarge ? filled : new Uint8Array(filled)
  }

  #allocate (): Buffer {
    return this.#bufferPool === undefined
      ? Buffer.allocUnsafeSlow(batchSize)
      : asBuffer(this.#bufferPool.allocate(batchSize))
  }
}
