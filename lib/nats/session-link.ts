import { NotCloneable } from '../errors.js'
import { commonNow } from '../wire/clock.js'
import { decode, encode, type Part, type PartCredit, ProtocolError, type SessionState } from './protocol.js'

/** Bytes before those of a frame: its number, and commonNow() when it was sent. */
const header = 16

/** Bytes of a part besides those that it carries, at most. */
const overhead = 1_024

/** The longest part, so that one session does not hold up the others of its connection. */
const longestPart = 262_144

/** Parts on their way to a receiver that has not granted more. */
const partsAtOnce = 4

/** The longest frame: a length beyond it can only be an error. */
const longestFrame = 2 ** 31 - 1

/** Whether a message is the first one of its session. */
export function isFirst (message: Uint8Array): boolean {
  return message.byteLength >= header && new DataView(message.buffer, message.byteOffset).getUint32(0) === 1
}

/** A frame that is sent in parts. */
interface Outgoing {
  bytes: Uint8Array
  sent: number
}

/**
 * One end of a session: frames in both directions, each with its number. A frame that is too long goes in
 * parts, with credit; frames after it wait, except urgent ones.
 */
export class SessionLink<Sent extends { type: string }, Received extends { type: string }> {
  /** How many frames, and parts of such, have been sent and received. */
  sent = 0
  received = 0
  /** commonNow() of the sender when the last one of those received was sent. */
  sentAt = 0
  /** commonNow() when the first frame had been sent as a whole. */
  openedAt: number | undefined
  readonly #outgoing: Outgoing[] = []
  #credit = partsAtOnce
  #incoming: { bytes: Uint8Array, length: number } | undefined
  #ungranted = 0
  readonly #publish: (bytes: Uint8Array) => void
  readonly #types: readonly string[]
  readonly #longest: number

  /** `longest`: bytes of a message, as the broker says. `types`: of the frames that may be received. */
  constructor (
    publish: (bytes: Uint8Array) => void, longest: number, types: readonly Received['type'][]
  ) {
    this.#publish = publish
    this.#longest = longest
    this.#types = [...types, 'part', 'partCredit']
  }

  /** Whether all has been sent. */
  get isDrained (): boolean {
    return this.#outgoing.length === 0
  }

  stateOf (session: number): SessionState {
    return [session, this.sent, this.received]
  }

  /** Throws FST_BLOCKING_NOT_CLONEABLE, before anything was sent. */
  send (frame: Sent, isUrgent = false): void {
    const bytes = encode(frame, header)
    if (bytes.byteLength <= this.#longest && (isUrgent || this.isDrained)) {
      this.#send(bytes)
      if (!isUrgent) this.openedAt ??= commonNow()
      return
    }
    if (bytes.byteLength > longestFrame) throw new NotCloneable('a message', `${bytes.byteLength} bytes long`)
    this.#outgoing.push({ bytes: bytes.subarray(header), sent: 0 })
    this.#sendParts()
  }

  /**
   * Returns the frame that is complete now; undefined if none is. Throws ProtocolError, also if frames were
   * lost.
   */
  receive (message: Uint8Array): Received | undefined {
    if (message.byteLength < header) throw new ProtocolError('a message is too short')
    // No part of the buffer of the socket: a thread would get all of that.
    const bytes = new Uint8Array(message)
    const view = new DataView(bytes.buffer)
    if (view.getUint32(0) !== this.received + 1) throw new ProtocolError('messages were lost')
    this.received++
    this.sentAt = view.getFloat64(8)
    const frame = decode<{ type: string }>(bytes.subarray(header), this.#types)
    if (frame.type === 'part') return this.#receivePart(frame as Part)
    if (frame.type !== 'partCredit') return frame as Received
    this.#receiveCredit(frame as PartCredit)
    return undefined
  }

  #receiveCredit ({ parts }: PartCredit): void {
    this.#credit += parts
    this.#sendParts()
  }

  #receivePart ({ bytes, length }: Part): Received | undefined {
    if (length !== undefined) {
      if (length > longestFrame) throw new ProtocolError('a message has no possible length')
      this.#incoming = { bytes: new Uint8Array(length), length: 0 }
    }
    const incoming = this.#incoming
    const fits = incoming !== undefined &&
      incoming.length + bytes.byteLength <= incoming.bytes.byteLength
    if (!fits) throw new ProtocolError('a part belongs to no message')
    incoming.bytes.set(bytes, incoming.length)
    incoming.length += bytes.byteLength
    if (++this.#ungranted >= partsAtOnce / 2) {
      this.#send(encode({ type: 'partCredit', parts: this.#ungranted }, header))
      this.#ungranted = 0
    }
    if (incoming.length < incoming.bytes.byteLength) return undefined
    this.#incoming = undefined
    return decode<{ type: string }>(incoming.bytes, this.#types) as Received
  }

  #sendParts (): void {
    const size = Math.min(longestPart, this.#longest - overhead)
    for (let first = this.#outgoing[0]; first !== undefined && this.#credit > 0; first = this.#outgoing[0]) {
      this.#credit--
      const bytes = first.bytes.subarray(first.sent, first.sent + size)
      const length = first.sent === 0 ? { length: first.bytes.byteLength } : {}
      this.#send(encode({ type: 'part', bytes, ...length }, header))
      first.sent += bytes.byteLength
      if (first.sent < first.bytes.byteLength) continue
      this.#outgoing.shift()
      this.openedAt ??= commonNow()
    }
  }

  #send (bytes: Buffer): void {
    bytes.writeUInt32BE(++this.sent, 0)
    bytes.writeDoubleBE(commonNow(), 8)
    this.#publish(bytes)
  }
}
