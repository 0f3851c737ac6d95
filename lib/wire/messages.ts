import type { CallResult, OpenCall } from './call-messages.js'
import type { SerializedError } from './error.js'
import type { LogLine } from './log-messages.js'
import type { Connection, Forwarded, ReplyState, StateDiff, Trailers } from './request-state.js'
import type { EncodedValues } from './values.js'

/*
 * Messages of a visit between the loop and a worker. Fields are few and flat, since structured clone copies
 * each of them for every request.
 */

/** Messages that the loop sends in a session, after the opening message. */
export type ToWorker = StepResult | Credit | Chunks | End | ResponseOver

/** Messages that a worker sends in a session. */
export type FromWorker =
  Answer | Chunks | End | Credit | Left | LoopStep | BackgroundDone | Failed | LogLine | CallResult

/** The first message of a session. */
export type Opening = (OpenVisit | OpenCall) & Expiring

/** Set on a worker host. */
export interface Expiring {
  /** commonNow() from which on nobody may begin the session: its server counts it as lost then. */
  expiresAt?: number
}

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

/**
 * Opens a visit with a request. A field that is left out has the value that it has if nobody has changed the
 * request.
 */
export interface OpenVisit {
  type: 'visit'
  /** Key of the route, see routes/route-marks.ts. The worker answers with no other route. */
  route: string
  id: string
  method: string
  url: string
  /** Set if `rewriteUrl` has changed the URL. */
  originalUrl?: string
  /** Default: 1.1 */
  httpVersion?: string
  /** Header lines as they came: names and values alternate. */
  lines: string[]
  /** Default: the headers of `lines`, in which each name then occurs once. */
  headers?: Record<string, string | string[] | undefined>
  /** Trailers of a body that the loop has read to its end, if there are any. */
  trailers?: Trailers
  connection: Connection
  /** Time of arrival, in ms of the clock of clock.ts. Default: Fastify does not measure it. */
  since?: number
  /** Set with `trustProxy`: addresses and names that Fastify has found on the loop. */
  forwarded?: Forwarded
  /** Default of `params` and `query`: an empty object. */
  params?: unknown
  query?: unknown
  body?: unknown
  /** The Buffers within the body, or the body itself if it is one: their clones are Uint8Arrays. */
  buffers?: Uint8Array[] | undefined
  /** Whether the body has no prototype: its clone has Object.prototype. */
  isNullPrototype?: boolean
  /**
   * Set if the body follows as Chunks and an End, once the worker has granted Credit. `unread`: nobody on the
   * loop has read the body, and the worker parses it. `stream`: a parser on the loop has made the body a
   * stream.
   */
  bodyMode?: 'unread' | 'stream'
  /** The whole unread body, if it has come together with the head: then nothing follows. */
  inlineBody?: Uint8Array
  /** Set if the loop has read the body to its end, and the worker parses it: all of the bytes. */
  collected?: readonly Uint8Array[]
  /** Of a collected body that a hook has decoded: how many encoded bytes have come, see Chunks. */
  encodedLength?: number
  /** The phase from whose last hook the worker calls the handler, see run-handler.ts. Default: `onRequest` */
  runHooksUntil?: 'preValidation' | 'preHandler'
  /** Status and headers that hooks have set. Default: a reply that nobody has changed */
  reply?: ReplyState
  /** Properties, sessions and cookies that hooks have set. */
  changes?: StateDiff
  /** Values of dependencies on the loop that the worker needs, by index in the plan. */
  dependencies?: EncodedValues
  /** Set if the loop has something to be torn down although the plan does not say so. */
  hasTeardown?: true
  /** Values of AsyncLocalStorages, by name of the carrier. */
  context?: EncodedValues
  /** Whether a long text may come back as bytes. */
  mayReturnBytes: boolean
  /** Set if hooks or dependencies on the loop may read the request after the handler. */
  isSeen?: true
  /** Level of the request's logger, if it is not that of the app's logger. */
  logLevel?: string
  /** Methods of the request's logger that somebody has replaced: called whatever the level is. */
  logMethods?: string[]
  /** Set if the handler of a measured route runs on the loop: only dependencies run in the worker. */
  handler?: 'loop'
  /** Names of the declared overrides that the request goes by, as Plan has them. Default: none */
  overrides?: readonly string[]
  /** Set if the last message of the visit is to have the times of the visit. */
  isTimed?: true
}

/** What a visit has taken in its worker, in ms. */
export type WorkerTimes = readonly [
  /** From the start of the visit to its end. */
  ran: number,
  /** How long of that the worker's event loop was active. */
  active: number
]

/** A message that may be the last one of a visit. */
interface Timed {
  /** Set in the last message of a visit that is timed. */
  times?: WorkerTimes
}

/** The answer of a visit. */
export interface Answer extends ReplyState, Timed {
  type: 'answer'
  /** A text or bytes, or other data that an `onSend` hook on the loop may convert. */
  payload?: unknown
  /** Set in the place of `payload`, for a serializer on the loop. */
  unserialized?: EncodedValues
  /** The handler called `reply.callNotFound()`: the loop answers. */
  notFound?: true
  /** Fastify has written the answer to the response as its last resort: no hook gets it. */
  isWritten?: true
  changes?: StateDiff
  /** Set if the request has failed. */
  isFailed?: true
  /** Why it has failed, if that is something that does not cross, or that there is not in a worker. */
  refusal?: string
  /** Keys of the loop's cookies that the worker has written to the headers together with its own. */
  sentCookies?: readonly string[]
  /** The payload has bytes of a stream: all of them, or the first ones, which Chunks and an End follow. */
  stream?: 'whole' | 'begun'
  /**
   * Set if the visit goes on when the response is over: with background work, and with the teardown of
   * dependencies that end then.
   */
  hasBackground?: true
}

/** Chunks of a streamed answer, or of a request's body. */
export interface Chunks {
  type: 'chunks'
  chunks: Uint8Array[]
  /**
   * Set for a body that a hook decodes: the encoded bytes that have come so far, which is Fastify's
   * `receivedEncodedLength`.
   */
  encodedLength?: number
}

/**
 * The end of a streamed answer, which ends the visit, or the end of a body. `error` is set if the stream has
 * broken.
 */
export interface End extends Timed {
  type: 'end'
  error?: SerializedError
  /** The last bytes of an answer. */
  lastChunk?: Uint8Array
  /** See Answer. */
  hasBackground?: true
  /** See Chunks. */
  encodedLength?: number
  /** Trailers of a body, if there are any. */
  trailers?: Trailers
}

/** Tells that the response is over: background work may begin, and the last dependencies end. */
export interface ResponseOver {
  type: 'responseOver'
  /** Whether the request has failed: then the work is dropped. */
  isFailed: boolean
  /** The error that the dependencies get: that of the request, or of a response that was not sent whole. */
  error?: SerializedError
}

/** The background work is done and the last dependencies have ended, which ends the visit. */
export interface BackgroundDone extends Timed {
  type: 'backgroundDone'
  /** Set if a dependency has failed to end: the error that those on the loop get which it needs. */
  error?: SerializedError
}

/**
 * Grants credit for more bytes of a stream: the loop for a streamed answer, the worker for a body. Or cancels
 * the stream.
 */
export interface Credit {
  type: 'credit'
  bytes: number
  isCancelled?: true
  /** The error for which the stream was cancelled, if there is one. */
  error?: SerializedError
}

/**
 * The visit has ended without an answer, because of an error in this package or in a plugin. An error of the
 * app would be an answer.
 */
export interface Failed extends Timed {
  type: 'failed'
  error: SerializedError
  /** Set if neither the handler nor a dependency before it has been called. */
  isUnhandled?: true
}

/** The visit has ended without an answer, since the loop answers or has answered. */
export interface Left extends Timed {
  type: 'left'
  /** State of the reply after the dependencies in the worker, for the handler or the answer. */
  reply?: ReplyState
  changes?: StateDiff
  /** Values that the handler on the loop needs. Set if the visit ends before that handler. */
  dependencies?: EncodedValues
  /**
   * Set after teardown: the failure is the one that the loop has sent, which may be no Error, and then has no
   * origins to be found by. Otherwise `error` has another one.
   */
  isSameFailure?: boolean
  error?: SerializedError
  /** See Answer. */
  hasBackground?: true
}

/**
 * Requests a step of the loop: to resolve a phase of its dependencies, to run the handler, or to tear down a
 * phase. The visit goes on with the StepResult.
 */
export interface LoopStep {
  type: 'step'
  step: 'resolve' | 'handle' | 'teardown'
  phase: number
  /** State of the reply after dependencies or the handler in the worker. */
  reply?: ReplyState
  changes?: StateDiff
  dependencies?: EncodedValues
  /** As that of Left, for teardown because of the failure, and for a failure of `endsBeforeSerialization`. */
  isSameFailure?: boolean
  error?: SerializedError
  /** What a teardown ends. Default: all but what ends when the response is over */
  endsAt?: 'preSerialization' | 'onResponse'
}

/** The result of a LoopStep: the worker goes on. */
export interface StepResult {
  type: 'stepResult'
  /** See OpenVisit. */
  hasTeardown?: true
  /** State of the reply after the step. */
  reply?: ReplyState
  changes?: StateDiff
  dependencies?: EncodedValues
  /** The error of the step. After teardown: set only if it is not the failure of the LoopStep. */
  error?: SerializedError
  /** Set if the loop answers by itself: no further phase is to be resolved. */
  isAnswered?: boolean
  /**
   * Set if the answer of a handler on the loop is about to be serialized: the worker ends what ends before
   * that, and requests the step "handle" once more.
   */
  endsBeforeSerialization?: true
}

/** Messages for every worker, also for one that boots later. */
export type Announcement = Listening | AppLevel

/** The level of the main thread's own logger has been set. */
export interface AppLevel {
  type: 'appLevel'
  appLevel: string
}

/** The addresses at which the main thread listens. */
export interface Listening {
  type: 'listening'
  /** The result of `server.address()`. */
  address: unknown
  /** The result of `fastify.addresses()`. */
  addresses: unknown[]
}
