/**
 * Holds the last chunk of a streamed answer that has a content-length. A client may close the connection as
 * soon as it has all bytes; before teardown has run, the request would then count as aborted. So the last
 * chunk leaves with the end message, or alone if the end does not come within two turns of the event loop.
 * The end of a file comes within them.
 */
export class LastChunkHold {
  /** Bytes still to come; NaN if the length is unknown. */
  #missing: number
  #held: Uint8Array | undefined
  readonly #send: (part: Uint8Array) => void

  /** `length` is the content-length of the answer, or NaN. */
  constructor (length: number, send: (part: Uint8Array) => void) {
    this.#missing = length
    this.#send = send
  }

  pass (part: Uint8Array): void {
    this.#release()
    this.#missing -= part.length
    const isLast = this.#missing <= 0
    if (!isLast) return this.#send(part)
    this.#held = part
    setImmediate(() => setImmediate(() => this.#release()))
  }

  /** Returns the last bytes: `rest`, or the held chunk if `rest` is empty. */
  end (rest: Uint8Array): Uint8Array {
    if (rest.length > 0) this.#release()
    const last = this.#held ?? rest
    this.#held = undefined
    return last
  }

  #release (): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#send(held)
  }
}
