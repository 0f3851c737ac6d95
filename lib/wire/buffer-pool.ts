/** The most bytes that each side keeps for one thread. */
const maxBytes = 4_194_304

/** The least bytes of a buffer in the pool: a smaller one is not worth the cost of its return. */
const minBytes = 65_536

/**
 * Buffers have a multiple of this size, so that answers of about the same length fit into each other's
 * buffers. Memory that is not written to costs nothing.
 */
const granularity = 65_536

/**
 * Buffers of answers that have left: on the loop on their way back to the worker, in the worker to be filled
 * again. The loop has not allocated these buffers, and leaving them to its garbage collector leads to
 * collections of the whole heap: one for every 150 answers of 1 MB.
 */
export class BufferPool {
  #buffers: ArrayBuffer[] = []
  #bytes = 0

  /** Drops the oldest buffers above the limit: the newest is of the most use. */
  add (memory: ArrayBuffer): void {
    this.#buffers.push(memory)
    this.#bytes += memory.byteLength
    while (this.#bytes > maxBytes) this.#bytes -= this.#buffers.shift()!.byteLength
  }

  takeAll (): ArrayBuffer[] | undefined {
    if (this.#bytes === 0) return undefined
    const all = this.#buffers
    this.#buffers = []
    this.#bytes = 0
    return all
  }

  /**
   * Returns `length` bytes of memory that can be transferred. The bytes may hold data of an earlier answer.
   */
  allocate (length: number): Uint8Array {
    if (length < minBytes || length > maxBytes) return new Uint8Array(length)
    const index = this.#buffers.findIndex(({ byteLength }) => byteLength >= length && byteLength < 2 * length)
    if (index < 0) {
      return new Uint8Array(new ArrayBuffer(Math.ceil(length / granularity) * granularity), 0, length)
    }
    const [memory] = this.#buffers.splice(index, 1)
    this.#bytes -= memory!.byteLength
    return new Uint8Array(memory!, 0, length)
  }
}

/** Whether a buffer of this size is worth the cost of its return. */
export function isPoolable ({ byteLength }: { byteLength: number }): boolean {
  return byteLength >= minBytes && byteLength <= maxBytes
}
