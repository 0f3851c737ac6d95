import type { SerializedError } from './error.js'
import type { CallResult, OpenCall } from './call-messages.js'
import type { LogLine } from './log-messages.js'
import type { EncodedValues } from './values.js'

/*
 * What crosses between the loop and a worker for a visit. Fields are few and flat: every one is cloned for every request.
 */

/** What the loop sends in a session, after the message that opens it. */
export type ToWorker = StepResult | Credit | Chunks | End | ResponseOver

/** What a worker sends in a session. */
export type FromWorker = Answer | Chunks | End | Credit | Left | LoopStep | BackgroundDone | Failed | LogLine | CallResult

/** The first message of a session. */
export type Opening = OpenVisit | OpenCall

/** Whether a message of a worker ends its session. */
export function isLast (message: FromWorker): boolean {
  switch (message.type) {
    case 'answer': return message.stream !== 'begun' && message.hasBackground !== true
    case 'end':
    case 'left': return message.hasBackground !== true
    case 'backgroundDone':
    case 'failed':
    case 'result': return true
    case 'chunks':
    case 'credit':
    case 'step':
    case 'log': return false
  }
}

/** A request that opens a visit. What is left out is as Fastify has it when nobody has changed it. */
export interface OpenVisit {
  type: 'visit'
  /** Key of the route, see routes/route-marks.ts; the worker refuses to answer with another one. */
  route: string
  id: string
  method: string
  url: string
  /** Set where `rewriteUrl` has changed the URL. */
  originalUrl?: string
  /** Default: 1.1 */
  httpVersion?: string
  /** Of its head as it came: names and values in turn. */
  lines: string[]
  /** Default: what the lines say, each name once. */
  headers?: Record<string, string | string[] | undefined>
  /** Of a body that has come to its end, where there are any. */
  trailers?: Trailers
  connection: Connection
  /** When it came, in ms of the clock of clock.ts. Default: Fastify does not measure it. */
  since?: number
  /** Set where `trustProxy` is on: what the loop found. */
  forwarded?: Forwarded
  /** Default of both: an empty object. */
  params?: unknown
  query?: unknown
  body?: unknown
  /** What of the body were Buffers, or the body itself; their clones are Uint8Arrays. */
  buffers?: Uint8Array[] | undefined
  /** Whether the body had no prototype; its clone has one. */
  isNullPrototype?: boolean
  /**
   * The body follows, as Parts and an End, once a Flow has asked for it: what nobody on the loop has read, for the worker's
   * own parser; or what is in the stream that a parser on the loop has handed on.
   */
  bodyMode?: 'unread' | 'stream'
  /** All of what nobody has read, where it has come together with the head: nothing follows. */
  inlineBody?: Uint8Array
  /** Up to which hooks the worker goes by itself before the handler: the phases before have not been the loop's. Default: `onRequest` */
  runHooksUntil?: 'preValidation' | 'preHandler'
  /** Default: 200 */
  statusCode?: number
  /** Headers that hooks have put on the reply; and, apart, on the raw response. */
  replyHeaders?: Headers
  rawHeaders?: RawHeaders
  /** Set where hooks have set it. */
  statusMessage?: string
  /** As of a ReplyState. */
  serializer?: number
  /** Properties that hooks have put on the request and on the reply. */
  requestProperties?: EncodedValues
  replyProperties?: EncodedValues
  /** The same of the raw ones: what Node does not have there. */
  rawRequestProperties?: EncodedValues
  rawReplyProperties?: EncodedValues
  /** Sessions among the properties of the request, and cookies that have been set; see request/plugins.ts. */
  sessions?: EncodedValues
  cookies?: Cookies
  /** Values of dependencies on the loop, by index in the plan, that the worker needs. */
  dependencies?: EncodedValues
  /** Among them is something to be torn down, of which the plan does not know. */
  hasTeardown?: true
  /** What AsyncLocalStorages hold, by name. */
  context?: EncodedValues
  /** Whether a long text may come back as bytes. */
  mayReturnBytes: boolean
  /** Whether somebody on the loop may look at the request after the handler. */
  isSeen?: true
  /** Of the request's logger, where it is not that of the app's. */
  logLevel?: string
  /** Methods of the request's logger that are called whatever its level: somebody has replaced them. */
  logMethods?: string[]
}

/** What dependencies and the handler set for each other, whichever side they are on. */
export interface ReplyState {
  statusCode: number
  /** Set where it has been set. */
  statusMessage?: string
  headers: Headers
  /** Of the raw response, where it has any. */
  rawHeaders?: RawHeaders
  /** What Node adds by itself, unless it was removed. */
  removed?: readonly string[]
  /** Set where there is to be none. */
  sendDate?: false
  /** Of a loop's: that there is a serializer which hooks have set, see request/reply-serializer.ts. */
  serializer?: number
  /** Headers that cannot be made a text, and why: it is thrown where they are to leave. */
  invalidHeaders?: Record<string, SerializedError>
}

/** What has been put on a request and its reply since it last crossed. */
export interface StateDiff {
  request?: EncodedValues
  reply?: EncodedValues
  rawRequest?: EncodedValues
  rawReply?: EncodedValues
  /** All of the request's, as they are; null for one that has been ended. */
  sessions?: EncodedValues
  /** What is to be done in the store of a session on the loop. */
  storeCalls?: StoreCall[]
  /** Cookies that have been set. */
  cookies?: Cookies
}

/** With the id of the session. */
export type StoreCall = [name: 'set' | 'destroy', id: string]

/** Of @fastify/cookie, by name, domain and path. */
export type Cookies = Map<string, unknown>

export type Headers = Record<string, number | string | string[] | undefined>

/** With their names as they were written, which may be any. */
export type RawHeaders = [name: string, value: Headers[string]][]

/** Of the socket. A tuple, as its names would cross each time. */
export type Connection = readonly [
  remoteAddress: string | undefined,
  remotePort: number | undefined,
  localAddress: string | undefined,
  localPort: number | undefined,
  encrypted: boolean,
  /** Where it is encrypted. */
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
  /** As Node has joined them. */
  joined: Record<string, string | undefined>
}

export interface Forwarded {
  ip: string
  ips: string[] | undefined
  host: string
  protocol: string
}

/** What comes back of a visit. */
export interface Answer extends ReplyState {
  type: 'answer'
  /** A text or bytes, unless an `onSend` hook is there to make one of it. */
  payload?: unknown
  /** In its place, what a serializer on the loop is to be given. */
  unserialized?: EncodedValues
  /** The handler called `reply.callNotFound()`: the loop answers. */
  notFound?: true
  /** It was written to the response, and not sent: it goes by no hook. */
  isWritten?: true
  changes?: StateDiff
  /** It is that of an error. */
  isFailed?: true
  /** Which of the loop's cookies have been sent with the others, by key. */
  sentCookies?: readonly string[]
  /** The payload is a stream's bytes: all of them, or the first ones, which Parts and an End follow. */
  stream?: 'whole' | 'begun'
  /** The visit goes on: there is work to be done when the response is over. */
  hasBackground?: true
}

/** More of a streamed answer, or of a body that follows. */
export interface Chunks {
  type: 'chunks'
  chunks: Uint8Array[]
  /** Of a body that a hook has decoded: how many bytes of it have come so far, as Fastify's `receivedEncodedLength`. */
  encodedLength?: number
}

/** A streamed answer is complete, or has broken: the visit is over. Or a body is, or has. */
export interface End {
  type: 'end'
  error?: SerializedError
  /** Of an answer: the bytes before it. */
  lastChunk?: Uint8Array
  /** As of an Answer. */
  hasBackground?: true
  /** As of a Part. */
  encodedLength?: number
  /** Of a body, where there are any. */
  trailers?: Trailers
}

/** The response is over: what the handler has left to be done may begin. */
export interface ResponseOver {
  type: 'responseOver'
  /** Not by the answer but by an error: nothing is to be done. */
  isFailed: boolean
}

/** It is done, and the visit over. */
export interface BackgroundDone {
  type: 'backgroundDone'
}

/** How many bytes more of a streamed answer the loop takes, or the worker of a body; or that it wants no more. */
export interface Credit {
  type: 'credit'
  bytes: number
  isCancelled?: true
  /** Why it was cancelled, where that is an error. */
  error?: SerializedError
}

/** A visit that ended without an answer, by a fault of ours or of a plugin: the app's own errors are answers. */
export interface Failed {
  type: 'failed'
  error: SerializedError
}

/** A visit that ended without an answer since the loop has one, or makes it. */
export interface Left {
  type: 'left'
  /** As dependencies in the worker have left it, for the handler, or for the answer. */
  reply?: ReplyState
  changes?: StateDiff
  /** What the handler on the loop needs; of a visit that ends before it. */
  dependencies?: EncodedValues
  /** Of a visit that was torn down: what the loop had told, unless it is another fault by now. */
  isSameFailure?: boolean
  error?: SerializedError
  /** As of an Answer: a dependency on the loop has answered. */
  hasBackground?: true
}

/**
 * It is the loop's turn in a visit: to resolve a phase of its dependencies, to run the handler, or to dispose of a
 * phase. The visit goes on with a Return.
 */
export interface LoopStep {
  type: 'step'
  step: 'resolve' | 'handle' | 'teardown'
  phase: number
  /** As dependencies, or the handler, in the worker have left it. */
  reply?: ReplyState
  changes?: StateDiff
  dependencies?: EncodedValues
  /** Why it is disposed of; of a failure that the loop has told itself, that it is that one. */
  isSameFailure?: boolean
  error?: SerializedError
}

/** The worker's turn again. */
export interface StepResult {
  type: 'stepResult'
  /** As of an Open. */
  hasTeardown?: true
  /** Of a phase that was resolved, or disposed of, and of a handler: as it has left the reply. */
  reply?: ReplyState
  changes?: StateDiff
  dependencies?: EncodedValues
  /** Of a phase that failed; of one that was disposed of, a fault other than the one it was given. */
  error?: SerializedError
  /** The loop answers by itself: nothing more is to be resolved. */
  isAnswered?: boolean
}

/** What every worker is told, whenever it boots. */
export type Announcement = Listening | AppLevel

/** Of the main thread's own logger. */
export interface AppLevel {
  type: 'appLevel'
  appLevel: string
}

/** Where the main thread listens. */
export interface Listening {
  type: 'listening'
  /** `server.address()` */
  address: unknown
  /** `fastify.addresses()` */
  addresses: unknown[]
}
