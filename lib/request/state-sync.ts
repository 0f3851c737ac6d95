import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Cookies, StateDiff } from '../wire/request-state.js'
import { decode, type EncodedValues } from '../wire/values.js'
import { namesOfReply, namesOfRequest, type PropertyFilter } from './fastify-properties.js'
import { namesOfRaw } from './node-properties.js'
import { diffCookies, findCookies, setCookies } from './cookies.js'
import {
  callStore, findStore, makeSession, type SessionState, takeStoreCalls, writeSession
} from './sessions.js'
import { TrackedObject, type TrackedProperties } from './tracked-object.js'

/** Properties that a side of a visit leaves out when it looks for changes. */
export interface SyncOptions {
  /** Tells which properties of the raw request and the raw response are the side's own. */
  namesOfRaw: PropertyFilter
  /**
   * Properties that count as unchanged while they are the same object: to compare their contents would cost
   * more than it is worth to those who might notice a change.
   */
  unwatched: ReadonlySet<string>
}

/** The loop's own options: to compare the contents of a large body would block the event loop. */
const ofLoop: SyncOptions = { namesOfRaw, unwatched: new Set(['body']) }

const partsOfReply = ['request', 'reply', 'rawRequest', 'rawReply'] as const
type Part = (typeof partsOfReply)[number]

/** Paths of the four objects, as errors name them. */
const paths = {
  request: 'request', reply: 'reply', rawRequest: 'request.raw', rawReply: 'reply.raw'
} as const

function pathOf (part: Part): (name: string) => string {
  return (name) => `${paths[part]}.${name}`
}

/** The properties that Fastify has made of the request. */
const ofParsing: TrackedProperties = {
  names: ['id', 'params', 'query', 'body'],
  read (object) {
    const { id, params, query, body } = object as FastifyRequest
    return [id, params, query, body]
  }
}

/** Node's own properties of a raw request that cross, since code that rewrites requests changes them. */
const ofRawRequest: TrackedProperties = {
  names: ['url', 'method', 'headers'],
  read (object) {
    const { url, method, headers } = object as FastifyRequest['raw']
    return [url, method, headers]
  }
}

const ofReply: TrackedProperties = { names: [], read: () => none }

/**
 * Knows the properties of the request and the reply of a visit that both sides have, and finds what has
 * changed on this side since they last crossed.
 */
export class RequestSync {
  /** In the order of `partsOfReply`. */
  readonly #objects: readonly [
    request: TrackedObject, reply: TrackedObject, rawRequest: TrackedObject, rawReply: TrackedObject
  ]

  readonly #owner: FastifyReply
  #cookies: Cookies | undefined

  /** `received`: the state from the other side, with the names of values that could not cross. */
  constructor (reply: FastifyReply, received: StateDiff = {}, { namesOfRaw, unwatched } = ofLoop) {
    const { request } = reply
    this.#owner = reply
    this.#objects = [
      new TrackedObject(request, namesOfRequest, unwatched, received.request, ofParsing),
      new TrackedObject(reply, namesOfReply, unwatched, received.reply, ofReply),
      new TrackedObject(request.raw, namesOfRaw, unwatched, received.rawRequest, ofRawRequest),
      new TrackedObject(reply.raw, namesOfRaw, unwatched, received.rawReply, ofReply)
    ]
    this.#rememberCookies()
  }

  /** Takes the present body as known, so that it does not cross: it was read on this side. */
  keepBody (): void {
    this.#objects[0].markKnown('body')
  }

  /** Returns the changes of this side, which count as known from then on; undefined if there are none. */
  diff (): StateDiff | undefined {
    let changes: StateDiff | undefined
    const sessions = this.#objects[0].takeSessions()
    for (let index = 0; index < this.#objects.length; index++) {
      const taken = this.#objects[index]!.diff()
      if (taken !== undefined) (changes ??= {})[partsOfReply[index]!] = taken
    }
    if (sessions !== undefined) {
      (changes ??= {}).sessions = sessions
      const calls = takeStoreCalls(this.#owner.request)
      if (calls !== undefined) changes.storeCalls = calls
    }
    const cookies = this.#diffCookies()
    if (cookies !== undefined) (changes ??= {}).cookies = cookies
    return changes
  }

  /** Keys of the cookies that the other side has as well. */
  get sharedCookies (): readonly string[] {
    return this.#cookies === undefined ? none : [...this.#cookies.keys()]
  }

  /**
   * Applies changes of the other side. If they contain store calls of a session, returns a promise that
   * resolves when the store has carried these out.
   */
  applyDiff (changes: StateDiff | undefined): Promise<void> | undefined {
    if (changes === undefined) return undefined
    const stored = applyChangesTo(this.#owner, changes)
    for (const [index, part] of partsOfReply.entries()) this.#objects[index]!.rememberReceived(changes[part])
    this.#rememberCookies()
    return stored
  }

  #rememberCookies (): void {
    const cookies = findCookies(this.#owner)
    this.#cookies = cookies && new Map(cookies)
  }

  #diffCookies (): Cookies | undefined {
    const cookies = findCookies(this.#owner)
    const changed = diffCookies(cookies, this.#cookies)
    if (changed !== undefined) this.#cookies = new Map(cookies)
    return changed
  }
}

/** Applies changes to a request and its reply. Returns a promise as RequestSync.applyDiff() does. */
export function applyChangesTo (reply: FastifyReply, changes: StateDiff): Promise<void> | undefined {
  const { request } = reply
  const { sessions, storeCalls, cookies } = changes
  const stored = sessions && applySessions(request, sessions, storeCalls)
  if (changes.request !== undefined) decode(changes.request, request, pathOf('request'))
  if (changes.reply !== undefined) decode(changes.reply, reply, pathOf('reply'))
  if (changes.rawRequest !== undefined) applyToRaw(changes.rawRequest, request.raw)
  if (changes.rawReply !== undefined) decode(changes.rawReply, reply.raw, pathOf('rawReply'))
  if (cookies !== undefined) setCookies(reply, cookies)
  return stored
}

/** Changes the headers in place: `headers` of an HTTP/2 request has no setter. */
function applyToRaw (encoded: EncodedValues, raw: FastifyRequest['raw']): void {
  const { headers, ...values } = encoded.values
  decode(headers === undefined ? encoded : { ...encoded, values }, raw, pathOf('rawRequest'))
  if (headers === undefined) return
  for (const name of Object.keys(raw.headers)) {
    if (!Object.hasOwn(headers as object, name)) delete raw.headers[name]
  }
  Object.assign(raw.headers, headers)
}

/** Each side keeps its own instance of a session: the content of the other side's is written into it. */
function applySessions (
  request: FastifyRequest, sessions: EncodedValues, storeCalls: StateDiff['storeCalls']
): Promise<void> | undefined {
  const { values, ...others } = sessions
  let stored: Promise<void> | undefined
  for (const name in values) {
    const session: unknown = Reflect.get(request, name)
    const state = values[name] as SessionState | null
    if (state === null) Reflect.set(request, name, null)
    else if (typeof session === 'object' && session !== null) writeSession(session, state)
    else Reflect.set(request, name, makeSession(request, state))
    const store = storeCalls && findStore(session)
    if (store !== undefined) stored = callStore(store, storeCalls!, session)
  }
  decode({ ...others, values: {} }, request, (name) => `request.${name}`)
  return stored
}

const none: readonly string[] = []
