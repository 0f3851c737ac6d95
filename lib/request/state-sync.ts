import { serialize } from 'node:v8'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { equalLists, namesOfReply, namesOfRequest, type PropertyFilter } from './fastify-properties.js'
import {
  callStore, findCookies, findStore, makeSession, readSession, type SessionState, takeStoreCalls, writeSession
} from './plugins.js'
import { isCloneable, isData, isError } from '../wire/cloneable.js'
import type { Cookies, StateDiff } from '../wire/messages.js'
import {
  createValues, hasNoValues, dropUncloneable, encode, type EncodedValues, decode, omit
} from '../wire/values.js'
import { namesOfRaw } from './node-properties.js'

type Properties = Record<string, unknown>

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

export function pathOf (part: Part): (name: string) => string {
  return (name) => `${paths[part]}.${name}`
}

/**
 * Properties that cross although they are Fastify's or Node's own. Read by literal names, which V8 does
 * fastest.
 */
interface TrackedProperties {
  names: readonly string[]
  read (object: object): readonly unknown[]
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

  /** `came`: the properties received from the other side, with the names of those that could not cross. */
  constructor (
    reply: FastifyReply,
    came: Partial<Record<Part, EncodedValues | undefined>> = {},
    { namesOfRaw, unwatched } = ofLoop
  ) {
    const { request } = reply
    this.#owner = reply
    this.#objects = [
      new TrackedObject(request, namesOfRequest, unwatched, came.request, ofParsing),
      new TrackedObject(reply, namesOfReply, unwatched, came.reply, ofReply),
      new TrackedObject(request.raw, namesOfRaw, unwatched, came.rawRequest, ofRawRequest),
      new TrackedObject(reply.raw, namesOfRaw, unwatched, came.rawReply, ofReply)
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
    if (cookies === undefined || cookies.size === 0) return undefined
    const changed = new Map([...cookies].filter(([key, cookie]) => this.#cookies?.get(key) !== cookie))
    if (changed.size === 0 || !isCloneable(changed)) return undefined
    this.#cookies = new Map(cookies)
    return changed
  }
}

/** Applies changes to a request and its reply. Returns a promise as RequestSync.applyDiff() does. */
export function applyChangesTo (
  reply: FastifyReply, { sessions, storeCalls, cookies, ...parts }: StateDiff
): Promise<void> | undefined {
  const { request } = reply
  const stored = sessions && applySessions(request, sessions, storeCalls)
  if (parts.request !== undefined) decode(parts.request, request, pathOf('request'))
  if (parts.reply !== undefined) decode(parts.reply, reply, pathOf('reply'))
  if (parts.rawRequest !== undefined) applyToRaw(parts.rawRequest, request.raw)
  if (parts.rawReply !== undefined) decode(parts.rawReply, reply.raw, pathOf('rawReply'))
  if (cookies !== undefined) {
    const own = findCookies(reply)
    for (const [key, cookie] of cookies) own?.set(key, cookie)
  }
  return stored
}

/** StateDiff the headers in place: `headers` of an HTTP/2 request has no setter. */
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

/**
 * Tracks the properties of one object, by name. Most of the time it has own and tracked properties alone, and
 * these are compared first.
 */
class TrackedObject {
  readonly #object: object
  readonly #names: PropertyFilter
  readonly #unwatched: ReadonlySet<string>
  readonly #tracked: TrackedProperties
  /** Names of values that could not cross: getters that throw, until something else is set in their place. */
  #withheld: Set<string> | undefined
  /** The known values by name; undefined while the object has own and tracked properties alone. */
  #known: Properties | undefined
  /** The known values of the tracked properties, while #known is undefined. */
  #values!: readonly unknown[]
  /** Serialized contents of the values that are objects, by name, to detect changes in place. */
  #fingerprints: Record<string, Buffer | undefined> | undefined
  #sessions: readonly string[] = none
  /** Names of the object when it was last seen to have own and tracked properties alone. */
  #namesBefore: readonly string[] | undefined

  constructor (
    object: object,
    names: PropertyFilter,
    unwatched: ReadonlySet<string>,
    came: EncodedValues | undefined,
    besides: TrackedProperties
  ) {
    this.#object = object
    this.#names = names
    this.#unwatched = unwatched
    this.#tracked = besides
    this.rememberReceived(came)
    if (this.#known === undefined) return
    const sessions = Object.keys(this.#known).filter((name) => readSession(this.#known![name]) !== undefined)
    if (sessions.length > 0) this.#sessions = sessions
  }

  rememberReceived (came: EncodedValues | undefined): void {
    for (const name in came?.omitted) (this.#withheld ??= new Set()).add(name)
    if (this.#withheld !== undefined || this.#hasOthers) return this.#rememberAll(this.#read())
    this.#known = this.#fingerprints = undefined
    this.#values = this.#readBesides()
    for (let index = 0; index < this.#values.length; index++) {
      const value = this.#values[index]
      if (typeof value === 'object' && value !== null) {
        this.#rememberContent(this.#tracked.names[index]!, value)
      }
    }
  }

  /** Takes the present value of a property as known. */
  markKnown (name: string): void {
    this.#withheld?.delete(name)
    const value = readProperty(this.#object, name)
    if (this.#known === undefined) this.#values = this.#values.with(this.#tracked.names.indexOf(name), value)
    else this.#known[name] = value
    if (this.#fingerprints !== undefined) delete this.#fingerprints[name]
    this.#rememberContent(name, value)
  }

  diff (): EncodedValues | undefined {
    if (this.#isUntouched) return undefined
    const known = this.#known ?? this.#knownBesides
    const now = this.#read()
    const encoded = createValues()
    for (const name in now) {
      const value = now[name]
      if (this.#sessions.includes(name)) continue
      if (name in known &&
        (value === known[name] ? this.#isAsBefore(name, value) : isLocalValue(value, known[name]))) {
        continue
      }
      if (isError(value) || isCloneable(value)) encode(encoded, name, value)
      else omit(encoded, name, value)
    }
    this.#diffDeleted(known, now, encoded)
    this.#rememberAll(now)
    return hasNoValues(encoded) ? undefined : encoded
  }

  get #isUntouched (): boolean {
    if (this.#known !== undefined) return false
    const values = this.#readBesides()
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      if (value !== this.#values[index] ||
        (this.#fingerprints !== undefined && !this.#isAsBefore(this.#tracked.names[index]!, value))) {
        return false
      }
    }
    return !this.#hasOthers
  }

  /** Whether the object has other properties than its own and the tracked ones, or lacks a tracked one. */
  get #hasOthers (): boolean {
    const names = Object.keys(this.#object)
    if (this.#namesBefore !== undefined && equalLists(names, this.#namesBefore)) return false
    if (this.#names.othersOf(this.#object, names).length > 0) return true
    for (const name of this.#tracked.names) if (!(name in this.#object)) return true
    this.#namesBefore = names
    return false
  }

  get #knownBesides (): Properties {
    const properties: Properties = Object.create(null)
    for (const [index, name] of this.#tracked.names.entries()) properties[name] = this.#values[index]
    return properties
  }

  #diffDeleted (known: Properties, now: Properties, encoded: EncodedValues): void {
    for (const name in known) {
      if (!(name in now) && !this.#sessions.includes(name)) (encoded.deleted ??= []).push(name)
    }
    for (const name of this.#withheld ?? none) {
      if (Object.hasOwn(this.#object, name)) continue
      this.#withheld!.delete(name);
      (encoded.deleted ??= []).push(name)
    }
  }

  #rememberAll (properties: Properties): void {
    this.#known = properties
    this.#fingerprints = undefined
    for (const name in properties) this.#rememberContent(name, properties[name])
  }

  #rememberContent (name: string, value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#unwatched.has(name)) return
    const contents = fingerprint(value)
    if (contents !== undefined) {
      (this.#fingerprints ??= Object.create(null) as Record<string, Buffer | undefined>)[name] = contents
    }
  }

  #isAsBefore (name: string, value: unknown): boolean {
    const before = this.#fingerprints?.[name]
    return before === undefined || fingerprint(value)?.equals(before) === true
  }

  /**
   * Returns all sessions as they are: a change within one cannot be seen from outside. One that has ended is
   * null.
   */
  takeSessions (): EncodedValues | undefined {
    if (this.#sessions.length === 0) return undefined
    const sessions = createValues()
    for (const name of this.#sessions) {
      encode(sessions, name, readSession(Reflect.get(this.#object, name)) ?? null)
    }
    if (!isCloneable(sessions)) dropUncloneable(sessions)
    return sessions
  }

  #read (): Properties {
    const properties: Properties = Object.create(null)
    for (const name of this.#names.othersOf(this.#object)) {
      if (this.#withheld?.has(name) === true &&
        Object.getOwnPropertyDescriptor(this.#object, name)!.get !== undefined) {
        continue
      }
      properties[name] = readProperty(this.#object, name)
    }
    for (const name of this.#tracked.names) {
      if (name in this.#object) properties[name] = readProperty(this.#object, name)
    }
    return properties
  }

  #readBesides (): readonly unknown[] {
    try {
      return this.#tracked.read(this.#object)
    } catch {
      return this.#tracked.names.map((name) => readProperty(this.#object, name))
    }
  }
}

const none: readonly string[] = []

/**
 * Whether neither value is data. Each side has its own instances of classes, so such a value is not a change.
 */
function isLocalValue (value: unknown, known: unknown): boolean {
  return !isData(value) && !isData(known)
}

function readProperty (object: object, name: string): unknown {
  try {
    return Reflect.get(object, name)
  } catch {
    return unreadable
  }
}

/**
 * Stands for a property that throws when it is read. The proxy throws as well, so that it cannot cross
 * either, see locateUncloneable() in wire/cloneable.ts.
 */
const unreadable = new Proxy({}, { getPrototypeOf () { throw new TypeError('a getter that throws') } })

/** Serializes the content of an object; undefined for a primitive and for what cannot cross. */
function fingerprint (value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || isError(value) || !isData(value)) return undefined
  try {
    return serialize(value)
  } catch {
    return undefined
  }
}
