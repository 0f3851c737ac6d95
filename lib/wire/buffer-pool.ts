/** In bytes, what either side of a thread keeps at most. */
const most = 4_194_304

/** In bytes; less is not worth the way back. */
const least = 65_536

/** Memory is made in multiples of it, that answers of about one length fit into that of each other. What is not written to costs nothing. */
const step = 65_536

/**
 * Memory of answers that have left, on its way back to the worker, or there to be filled again. Left to the collector of the loop, which did not
 * make it, it brings about collections of all of the heap: at 1 MB an answer, one for every 150.
 */
export class SpentMemory {
  #kept: ArrayBuffer[] = []
  #bytes = 0

  /** For what has come last is the most use. */
  add (memory: ArrayBuffer): void {
    this.#kept.push(memory)
    this.#bytes += memory.byteLength
    while (this.#bytes > most) this.#bytes -= this.#kept.shift()!.byteLength
  }

  takeAll (): ArrayBuffer[] | undefined {
    if (this.#bytes === 0) return undefined
    const all = this.#kept
    this.#kept = []
    this.#bytes = 0
    return all
  }

  /** So many bytes, in memory that can be moved. What is in them is what was there before. */
  fill (length: number): Uint8Array {
    if (length < least || length > most) return new Uint8Array(length)
    const index = this.#kept.findIndex(({ byteLength }) => byteLength >= length && byteLength < 2 * length)
    if (index < 0) return new Uint8Array(new ArrayBuffer(Math.ceil(length / step) * step), 0, length)
    const [memory] = this.#kept.splice(index, 1)
    this.#bytes -= memory!.byteLength
    return new Uint8Array(memory!, 0, length)
  }
}

/** Whether so much is worth the way back. */
export function isWorthKeeping ({ byteLength }: { byteLength: number }): boolean {
  return byteLength >= least && byteLength <= most
}
