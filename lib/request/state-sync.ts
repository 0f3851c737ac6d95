import { serialize } from 'node:v8'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { equalLists, namesOfReply, namesOfRequest, type PropertyFilter } from './fastify-properties.js'
import { callStore, findCookies, findStore, makeSession, readSession, type SessionState, takeStoreCalls, writeSession } from './plugins.js'
import { isCloneable, isData, isError } from '../wire/cloneable.js'
import type { Cookies, StateDiff } from '../wire/messages.js'
import { createValues, hasNoValues, dropUncloneable, encode, type EncodedValues, decode, omit } from '../wire/values.js'
import { namesOfRaw } from './node-properties.js'

type Properties = Record<string, unknown>

/** What each side of a visit shares of its own. */
export interface SyncOptions {
  /** What of the raw request and the raw response is the side's own. */
  namesOfRaw: PropertyFilter
  /** What is taken for unchanged while it is the same object: to look into it costs more than who might notice is worth. */
  unwatched: ReadonlySet<string>
}

/** Of the loop, where a large body would hold up everybody. */
const ofLoop: SyncOptions = { namesOfRaw, unwatched: new Set(['body']) }

const partsOfReply = ['request', 'reply', 'rawRequest', 'rawReply'] as const
type Part = (typeof partsOfReply)[number]

/** Where the names of each are called what in an error. */
const paths = { request: 'request', reply: 'reply', rawRequest: 'request.raw', rawReply: 'reply.raw' } as const

export function pathOf (part: Part): (name: string) => string {
  return (name) => `${paths[part]}.${name}`
}

/** Own properties that cross all the same. Read by name, which V8 does fastest. */
interface TrackedProperties {
  names: readonly string[]
  read (object: object): readonly unknown[]
}

/** What Fastify has made of the request. */
const ofParsing: TrackedProperties = {
  names: ['id', 'params', 'query', 'body'],
  read (object) {
    const { id, params, query, body } = object as FastifyRequest
    return [id, params, query, body]
  }
}

/** What of Node's own of a raw request is changed by those who rewrite requests. */
const ofRawRequest: TrackedProperties = {
  names: ['url', 'method', 'headers'],
  read (object) {
    const { url, method, headers } = object as FastifyRequest['raw']
    return [url, method, headers]
  }
}

const ofReply: TrackedProperties = { names: [], read: () => none }

/** What both sides of a visit know to be on its request and reply: tells what has been put there since it last crossed. */
export class RequestSync {
  /** In the order of `partsOfReply`. */
  readonly #objects: readonly [request: TrackedObject, reply: TrackedObject, rawRequest: TrackedObject, rawReply: TrackedObject]
  readonly #owner: FastifyReply
  #cookies: Cookies | undefined

  /** `came` is what has come over, and not all of it could. */
  constructor (reply: FastifyReply, came: Partial<Record<Part, EncodedValues | undefined>> = {}, { namesOfRaw, unwatched } = ofLoop) {
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

  /** The body that is there now has been read here, and is nobody else's. */
  keepBody (): void {
    this.#objects[0].markKnown('body')
  }

  /** Undefined if there are none. They are known from now on. */
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

  /** Of the cookies that are there, those that the other side has as well. */
  get sharedCookies (): readonly string[] {
    return this.#cookies === undefined ? none : [...this.#cookies.keys()]
  }

  /** What the other side has put there. Resolves when that is in the store of its session, if it is to be. */
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

/** Puts them on a request and its reply. Resolves as `SharedState.apply`. */
export function applyChangesTo (reply: FastifyReply, { sessions, storeCalls, cookies, ...parts }: StateDiff): Promise<void> | undefined {
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

/** Its headers stay the same object: that of HTTP/2 has no other. */
function applyToRaw (encoded: EncodedValues, raw: FastifyRequest['raw']): void {
  const { headers, ...values } = encoded.values
  decode(headers === undefined ? encoded : { ...encoded, values }, raw, pathOf('rawRequest'))
  if (headers === undefined) return
  for (const name of Object.keys(raw.headers)) if (!Object.hasOwn(headers as object, name)) delete raw.headers[name]
  Object.assign(raw.headers, headers)
}

/** Sessions go on as the instances that each side has, with what the other has done to its own. */
function applySessions (request: FastifyRequest, sessions: EncodedValues, storeCalls: StateDiff['storeCalls']): Promise<void> | undefined {
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

/** What is on one of them, by name. Most of the time there is nothing but what it has always, and that is compared first. */
class TrackedObject {
  readonly #object: object
  readonly #names: PropertyFilter
  readonly #unwatched: ReadonlySet<string>
  readonly #tracked: TrackedProperties
  /** They throw when they are read, until something else takes their place. */
  #withheld: Set<string> | undefined
  /** Undefined as long as there is nothing but `besides`, which have these values. */
  #known: Properties | undefined
  #values!: readonly unknown[]
  /** What was in those that are objects, which may be changed in place. */
  #fingerprints: Record<string, Buffer | undefined> | undefined
  #sessions: readonly string[] = none
  /** When there was nothing but its own, and besides. */
  #namesBefore: readonly string[] | undefined

  constructor (object: object, names: PropertyFilter, unwatched: ReadonlySet<string>, came: EncodedValues | undefined, besides: TrackedProperties) {
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
      if (typeof value === 'object' && value !== null) this.#rememberContent(this.#tracked.names[index]!, value)
    }
  }

  /** Whatever is there by that name is known. */
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
      if (name in known && (value === known[name] ? this.#isAsBefore(name, value) : isLocalValue(value, known[name]))) continue
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
      if (value !== this.#values[index] || (this.#fingerprints !== undefined && !this.#isAsBefore(this.#tracked.names[index]!, value))) return false
    }
    return !this.#hasOthers
  }

  /** Whether there is anything but what is its own, or besides. */
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
    if (contents !== undefined) (this.#fingerprints ??= Object.create(null) as Record<string, Buffer | undefined>)[name] = contents
  }

  #isAsBefore (name: string, value: unknown): boolean {
    const before = this.#fingerprints?.[name]
    return before === undefined || fingerprint(value)?.equals(before) === true
  }

  /** All of them as they are: what has changed in one cannot be seen from outside. One that has been ended is null. */
  takeSessions (): EncodedValues | undefined {
    if (this.#sessions.length === 0) return undefined
    const sessions = createValues()
    for (const name of this.#sessions) encode(sessions, name, readSession(Reflect.get(this.#object, name)) ?? null)
    if (!isCloneable(sessions)) dropUncloneable(sessions)
    return sessions
  }

  #read (): Properties {
    const properties: Properties = Object.create(null)
    for (const name of this.#names.othersOf(this.#object)) {
      if (this.#withheld?.has(name) === true && Object.getOwnPropertyDescriptor(this.#object, name)!.get !== undefined) continue
      properties[name] = readProperty(this.#object, name)
    }
    for (const name of this.#tracked.names) if (name in this.#object) properties[name] = readProperty(this.#object, name)
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

/** Of what is no data each side has its own. */
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

/** Crosses no more than the property that it stands for, see explain() in wire/cloneable.ts. */
const unreadable = new Proxy({}, { getPrototypeOf () { throw new TypeError('a getter that throws') } })

/** Undefined of what cannot be changed in place, or has no way to cross. */
function fingerprint (value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || isError(value) || !isData(value)) return undefined
  try {
    return serialize(value)
  } catch {
    return undefined
  }
}
