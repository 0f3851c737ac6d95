/**
 * Lets the bytes of a streamed answer out, but for the last ones: where the answer tells its length, a client that has so many hangs up if it likes, and
 * would not have been served if the end came later. They leave with it; or without, if it does not come within two turns of the event loop, as it does
 * after a file.
 */
export class LastChunkHold {
  /** Bytes that are still to come; NaN if nobody knows. */
  #missing: number
  #held: Uint8Array | undefined
  readonly #send: (part: Uint8Array) => void

  /** `length`: what the answer tells, in bytes, or NaN. */
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

  /** The last bytes: `rest`, or if it is empty what was held for the end. */
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
