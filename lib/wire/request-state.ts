import type { SerializedError } from './error.js'
import type { EncodedValues } from './values.js'

/*
 * Parts of a request and a reply as data: in the message that opens a visit, in answers, and in steps.
 */

/** State of a reply that dependencies and the handler pass on, from side to side. */
export interface ReplyState {
  statusCode: number
  /** Set if a status message has been set. */
  statusMessage?: string
  headers: Headers
  /** Headers of the raw response, if it has any. */
  rawHeaders?: RawHeaders
  /** Names of headers that Node would add by itself, and that have been removed. */
  removed?: readonly string[]
  /** Set if Node is to add no date. */
  sendDate?: false
  /** Set by the loop if hooks have set a serializer there, see request/reply-serializer.ts. */
  serializer?: number
  /** Errors of header values that cannot be converted to text, by header. Thrown when the head is sent. */
  invalidHeaders?: Record<string, SerializedError>
}

/** Changes of a request and its reply since their state last crossed. */
export interface StateDiff {
  request?: EncodedValues
  reply?: EncodedValues
  rawRequest?: EncodedValues
  rawReply?: EncodedValues
  /** All sessions of the request as they are now; null for a session that has been ended. */
  sessions?: EncodedValues
  /** Calls for the session store on the loop. */
  storeCalls?: StoreCall[]
  /** Cookies that have been set. */
  cookies?: Cookies
}

/** A method of a session store, and the id of the session. */
export type StoreCall = [name: 'set' | 'destroy', id: string]

/** Cookies of @fastify/cookie, by name, domain and path. */
export type Cookies = Map<string, unknown>

export type Headers = Record<string, number | string | string[] | undefined>

/** Headers with their names as written, in any case. */
export type RawHeaders = [name: string, value: Headers[string]][]

/** Facts of the socket. A tuple, since the names of an object's fields would cross each time. */
export type Connection = readonly [
  remoteAddress: string | undefined,
  remotePort: number | undefined,
  localAddress: string | undefined,
  localPort: number | undefined,
  encrypted: boolean,
  /** Set if the connection is encrypted. */
  tls?: Tls
]

export interface Tls {
  authorized: boolean
  authorizationError: string | undefined
  servername: string | false | null | undefined
  alpnProtocol: string | false | null
}

export interface Trailers {
  lines: string[]
  /** The trailers as Node has joined them, by name. */
  joined: Record<string, string | undefined>
}

export interface Forwarded {
  ip: string
  ips: string[] | undefined
  host: string
  protocol: string
}
