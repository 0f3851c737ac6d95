import { asBuffer } from './bytes.js'
import type { BufferPool } from './buffer-pool.js'
import { batchSize } from './streams.js'

/**
 * Chunks of a stream on their way into one message. They are copied: what a chunk lies in may be a view of something
 * larger, or be kept, or used again, by whoever made it, while what is moved is gone.
 */
export class ChunkBatch {
  #memory: Buffer | undefined
  readonly #bufferPool: BufferPool | undefined
  #length = 0

  /** `bufferPool`: buffers of batches that have been sent. */
  constructor (bufferPool?: BufferPool) {
    this.#bufferPool = bufferPool
  }

  get isEmpty (): boolean {
    return this.#length === 0
  }

  get isFull (): boolean {
    return this.#length === batchSize
  }

  /** Takes what there is room for, and gives back the rest. */
  add (chunk: string | Uint8Array): Uint8Array | undefined {
    const memory = this.#memory ??= this.#allocate()
    const room = batchSize - this.#length
    // A character takes three bytes at most.
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

  /** What there is, in memory of its own; the batch is empty again. */
  take (): Uint8Array {
    const filled = (this.#memory ?? Buffer.alloc(0)).subarray(0, this.#length)
    const isLarge = this.#length > batchSize / 2
    if (isLarge) this.#memory = undefined
    this.#length = 0
    // A few bytes are not worth all of the memory.
    return isLarge ? filled : new Uint8Array(filled)
  }

  #allocate (): Buffer {
    return this.#bufferPool === undefined ? Buffer.allocUnsafeSlow(batchSize) : asBuffer(this.#bufferPool.allocate(batchSize))
  }
}
