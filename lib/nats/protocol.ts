import { NotCloneable } from '../errors.js'
import type { WorkerCounts } from '../executor.js'
import type { AbortReason } from '../wire/abort-reason.js'
import { fromBytes, toBytes } from '../wire/byte-encoding.js'
import type { LoopCall, LoopCallResult } from '../wire/call-messages.js'
import type { HostedSettings } from '../remote.js'
import type { SerializedError } from '../wire/error.js'
import type { LoggerCall, LogLine } from '../wire/log-messages.js'
import type { Announcement, FromWorker, Opening, ToWorker } from '../wire/messages.js'
import type { BootReport, WorkerData } from '../wire/worker-data.js'
import { fitsSchema } from './check-message.js'

/*
 * All that servers and worker hosts send to each other, and the subjects on which they do. A server has an
 * id for each registration, a host one for its process. Frames of a session carry a number each, by which
 * the receiver knows that none is lost. Session 0 stands for the server and the host themselves.
 */

/** ms between two announcements of a host, and between two pings of a server. */
export const heartbeat = 1_000

/** ms of silence after which a host, or a server, counts as gone. */
export const longestSilence = 3 * heartbeat

/** ms after which a host begins no session that was sent to it. */
export const longestOpening = 1_000

export const subjects = {
  /** Servers publish what hosts need to build their app. */
  manifests: 'fb1.manifests',
  /** A host asks for that. */
  discovery: 'fb1.discovery',
  /** Hosts announce their free slots. */
  capacity: (digest: string): string => `fb1.${digest}.capacity`,
  /** A host that cannot serve the app tells why. */
  unable: (digest: string): string => `fb1.${digest}.unable`,
  /** Lines that belong to no session, for one of the servers. */
  log: (digest: string): string => `fb1.${digest}.log`,
  host: (host: string): string => `fb1.host.${host}`,
  /** A server's own subject: what concerns one session. Also tells a host who has sent a frame. */
  session: (server: string, session: number): string => `fb1.server.${server}.${session}`,
  /** The same, for what opens the session: the broker tells there that nobody has received it. */
  opening: (server: string, session: number): string => `fb1.server.${server}.${session}.opening`,
  sessionsOf: (server: string): string => `fb1.server.${server}.>`
}

/** Reads the parts of `subjects.session()` or `opening()`; undefined if it is another subject. */
export function readSessionSubject (
  subject: string
): { server: string, session: number, isOpening: boolean } | undefined {
  const [root, kind, server, number, opening] = subject.split('.')
  const session = Number(number)
  if (root !== 'fb1' || kind !== 'server' || server === undefined) return undefined
  if (!Number.isSafeInteger(session) || session < 0) return undefined
  return { server, session, isOpening: opening !== undefined }
}

/** What a host needs to serve a registration. */
export interface Manifest {
  type: 'manifest'
  digest: string
  /** Name of the app, see app-identity.ts. */
  app: string
  version: string
  /** Version of this package. */
  package: string
  workerData: WorkerData
  settings: HostedSettings
}

export interface Discovery {
  type: 'discovery'
}

/** Sent as a heartbeat, and when one of the numbers has changed. */
export interface Capacity {
  type: 'capacity'
  host: string
  name: string
  version: string
  slots: number
  /** Less than 0 if sessions wait for a slot; 0 if the host leaves. */
  free: number
  /**
   * The last session that takes a slot, of those that the host has received from each server. No count:
   * either side may have forgotten the other meanwhile.
   */
  opened: Record<string, number>
  counts: WorkerCounts
}

/** Tells the servers of an app why a host cannot serve the app, at each attempt. */
export interface Unable {
  type: 'unable'
  /** Name of the host. */
  name: string
  reason: string
}

export interface OutsideLog {
  type: 'log'
  line: LogLine
}

/** A session as the sender of a ping knows it, and how many of its frames have been sent and received. */
export type SessionState = readonly [session: number, sent: number, received: number]

/** `roundTrip`: ms from a ping, which was sent at `at`, to its pong. */
export interface RoundTrip {
  at: number
  roundTrip: number
}

/** What a server sends to a host, in session 0. */
export type ServerControl =
  /** Comes first: the host is to report what it has built. */
  | { type: 'hello', digest: string }
  /**
   * `at`: commonNow() of the server. `measured`: the last round trip that is known. `hosts`: how many the
   * server knows.
   */
  | {
    type: 'ping', at: number, measured: RoundTrip | undefined, sessions: SessionState[], hosts: number
  }
  | { type: 'announce', announcement: Announcement }
  /** The outcome of a call whose session is over. */
  | { type: 'outcome', session: number, call: number, outcome: LoopCallResult['outcome'] }
  /** The server leaves: all of its sessions are over. */
  | { type: 'bye' }

/** What a host sends to a server, in session 0. */
export type HostControl =
  | { type: 'report', host: string, report: BootReport }
  /** `at`: that of the ping. */
  | { type: 'pong', host: string, at: number, sessions: SessionState[] }
  /** The host has left: it begins no session after `opened`, which is that of Capacity for this server. */
  | { type: 'gone', host: string, opened: number }

/** A piece of a frame that is longer than the broker lets a message be. */
export interface Part {
  type: 'part'
  bytes: Uint8Array
  /** Length of all parts together; set in the first one. */
  length?: number
}

/** Grants the sender so many parts more. */
export interface PartCredit {
  type: 'partCredit'
  parts: number
}

/** Opens a session. */
export interface Open {
  type: 'open'
  opening: Opening
  /** ms after which the host must not begin the session. */
  validFor: number
  /** See Task. */
  timeLimit: number
  isTerminable: boolean
  /** See Executor.open(). */
  mayPrefetch: number
  /** The session in which this one is nested. */
  outer?: number
}

/** What a server sends in a session. */
export type ServerFrame =
  | Open
  | { type: 'message', message: ToWorker }
  /** `isCompleting`: the visit ends without an error, so that its answer counts. */
  | { type: 'abort', reason: AbortReason, isCompleting: boolean }
  | { type: 'terminate', reason: AbortReason }
  | { type: 'decision', reason: AbortReason }
  /** `call`: number of the call in its session. */
  | { type: 'called', call: number, outcome: LoopCallResult['outcome'] }
  | Part | PartCredit

/** What a host sends in a session. */
export type HostFrame =
  | { type: 'message', message: FromWorker }
  /** The last message. `ran`: ms that the session has run in its thread. */
  | { type: 'ended', message: FromWorker, ran: number }
  /** There is no last message. `isLeaving`: since the host leaves, and its threads end. */
  | {
    type: 'lost',
    isStarted: boolean,
    isGivenUp: boolean,
    isLeaving: boolean,
    cause: SerializedError | undefined
  }
  /** Nobody has begun the session. */
  | { type: 'busy' }
  /** Asks whether the visit may end without an error. */
  | { type: 'completing' }
  | { type: 'call', number: number, call: LoopCall | LoggerCall, isSync: boolean }
  | Part | PartCredit

/** A message that cannot be read, or before which others were lost. */
export class ProtocolError extends Error {}

/** Throws FST_BLOCKING_NOT_CLONEABLE. `before`: how many bytes there are before those of the message. */
export function encode (message: unknown, before = 0): Buffer {
  try {
    return toBytes(message, before)
  } catch (error) {
    // Such values are cloned between threads, and not as bytes.
    const [, value] = /^(?:Unserializable host object: )?(.*?)(?: could not be cloned.*)?$/s
      .exec((error as Error).message)!
    throw new NotCloneable(value!, 'something that stays in its process')
  }
}

/**
 * Throws ProtocolError if it is none of these types, or makes no sense. The message keeps the memory of the
 * bytes.
 */
export function decode<Message extends { type: string }> (
  bytes: Uint8Array, types: readonly Message['type'][]
): Message {
  let value: unknown
  try {
    value = fromBytes(bytes)
  } catch (error) {
    throw new ProtocolError(`a message cannot be read: ${String(error)}`)
  }
  return checkTyped(value, types)
}

function checkTyped<Message extends { type: string }> (
  value: unknown, types: readonly Message['type'][]
): Message {
  const isKnown = typeof value === 'object' && value !== null && 'type' in value &&
    (types as readonly unknown[]).includes(value.type)
  if (!isKnown) throw new ProtocolError('a message is of no known type')
  const message = value as Message
  if (!fitsSchema(message)) throw new ProtocolError(`a message of type ${message.type} makes no sense`)
  return message
}
