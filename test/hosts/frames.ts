import { decode, encode } from '../../dist/nats/protocol.js'

/** Bytes before a frame, see lib/nats/session-link.ts. */
const header = 16

export type Frame = { type: string } & Record<string, unknown>

const types = [
  'open', 'message', 'abort', 'terminate', 'decision', 'called', 'ended', 'lost', 'busy', 'completing', 'call', 'part', 'partCredit'
]

export function readFrame (data: Uint8Array): Frame {
  return decode<Frame>(Uint8Array.from(data).subarray(header), types)
}

/** `number`: of the frame in its session, from 1. `sentAt`: as of readNow(). */
export function writeFrame (frame: unknown, number: number, sentAt = readNow()): Uint8Array {
  const bytes = encode(frame, header)
  bytes.writeUInt32BE(number, 0)
  bytes.writeDoubleBE(sentAt, 8)
  return bytes
}

/** commonNow() of lib/wire/clock.ts. */
export function readNow (): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1_000_000
}

const senseless = [
  undefined, null, true, 0, -1, 1.5, NaN, Infinity, 2 ** 40, 10n, '', '__proto__', 'x'.repeat(70_000), [], [null], {}, { type: 'end' }, new Map(), new Uint8Array(3),
  new Date(NaN), new Error('senseless')
]

/** Returns a copy in which one value, at any depth, is another one or is gone. */
export function changeOne<Message> (message: Message, random: () => number): Message {
  const copy = structuredClone(message)
  const places: [Record<string, unknown>, string][] = []
  collectPlaces(copy, places)
  const [object, key] = pick(places, random)
  if (random() < 0.2) delete object[key]
  else object[key] = pick(senseless, random)
  return copy
}

function collectPlaces (value: unknown, places: [Record<string, unknown>, string][]): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  for (const key of Object.keys(value)) {
    places.push([value as Record<string, unknown>, key])
    collectPlaces((value as Record<string, unknown>)[key], places)
  }
}

/** Returns the frames of one end of a session with one fault. */
export function addFault (frames: readonly Frame[], random: () => number): Frame[] {
  const changed = [...frames]
  const place = Math.floor(random() * frames.length)
  const kind = random()
  if (kind < 0.1) changed.splice(place, 1)
  else if (kind < 0.2) changed.splice(place, 0, frames[place]!)
  else if (kind < 0.3) changed.reverse()
  else changed[place] = changeOne(frames[place]!, random)
  return changed
}

export function pick<Item> (items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!
}
