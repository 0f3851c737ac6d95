/** In bytes, what either side of a thread keeps at most. */
const maxBytes = 4_194_304

/** In bytes; less is not worth the way back. */
const minBytes = 65_536

/** Memory is made in multiples of it, that answers of about one length fit into that of each other. What is not written to costs nothing. */
const granularity = 65_536

/**
 * Memory of answers that have left, on its way back to the worker, or there to be filled again. Left to the collector of the loop, which did not
 * make it, it brings about collections of all of the heap: at 1 MB an answer, one for every 150.
 */
export class BufferPool {
  #buffers: ArrayBuffer[] = []
  #bytes = 0

  /** For what has come last is the most use. */
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

  /** So many bytes, in memory that can be moved. What is in them is what was there before. */
  allocate (length: number): Uint8Array {
    if (length < minBytes || length > maxBytes) return new Uint8Array(length)
    const index = this.#buffers.findIndex(({ byteLength }) => byteLength >= length && byteLength < 2 * length)
    if (index < 0) return new Uint8Array(new ArrayBuffer(Math.ceil(length / granularity) * granularity), 0, length)
    const [memory] = this.#buffers.splice(index, 1)
    this.#bytes -= memory!.byteLength
    return new Uint8Array(memory!, 0, length)
  }
}

/** Whether so much is worth the way back. */
export function isPoolable ({ byteLength }: { byteLength: number }): boolean {
  return byteLength >= minBytes && byteLength <= maxBytes
}
