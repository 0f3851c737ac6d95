import { asBuffer } from '../../wire/bytes.js'
import { minTransferBytes } from './body-sender.js'

/** The bytes of a body that the loop has read to its end. */
export class CollectedBody {
  readonly #chunks: readonly Uint8Array[]
  readonly #isKept: boolean

  /**
   * `isKept`: whether code on the loop may have the chunks, or read the body, after they have been sent.
   * Otherwise large ones are moved. `encodedLength`: see OpenVisit.
   */
  constructor (chunks: readonly Uint8Array[], isKept: boolean, readonly encodedLength?: number) {
    this.#chunks = chunks
    this.#isKept = isKept
  }

  /** Whether the bytes can be sent again: a prefetched session may be withdrawn. */
  get isRepeatable (): boolean {
    return this.#isKept || !this.#chunks.some(isLarge)
  }

  /** Whether bytes have been moved to a worker. */
  get isGone (): boolean {
    return this.#chunks.some(({ buffer }) => buffer.byteLength === 0)
  }

  /** Returns the chunks to be sent. Each is all of its memory: structured clone copies whole buffers. */
  send (): Uint8Array[] {
    if (this.#isKept && this.#chunks.some(isLarge)) return [this.#copy()]
    return this.#chunks.map((chunk) =>
      chunk.length === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk))
  }

  #copy (): Uint8Array {
    // Not Buffer.concat(), whose memory may be a part of Node's pool.
    const copy = Buffer.allocUnsafeSlow(this.#chunks.reduce((length, chunk) => length + chunk.length, 0))
    let offset = 0
    for (const chunk of this.#chunks) {
      copy.set(chunk, offset)
      offset += chunk.length
    }
    return copy
  }

  toString (): string {
    const [first, ...others] = this.#chunks
    if (first === undefined) return ''
    return (others.length === 0 ? asBuffer(first) : Buffer.concat(this.#chunks)).toString()
  }
}

/** Returns the buffers of sent chunks that are to be moved: a small chunk is cheaper to copy. */
export function listTransfers (chunks: readonly Uint8Array[]): ArrayBuffer[] | undefined {
  const large = chunks.filter(isLarge)
  return large.length === 0 ? undefined : large.map(({ buffer }) => buffer as ArrayBuffer)
}

function isLarge (chunk: Uint8Array): boolean {
  return chunk.length >= minTransferBytes
}
