import { serialize } from 'node:v8'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type IsOwn, isOwnOfReply, isOwnOfRequest } from './own-properties.js'
import { callStore, findCookies, findStore, makeSession, readSession, type SessionState, takeStoreCalls, writeSession } from './plugin-state.js'
import { isCloneable, isData, isError } from './wire/cloneable.js'
import type { Changes, Cookies } from './wire/messages.js'
import { createParcel, mend, pack, type Parcel, unpack, withhold } from './wire/parcel.js'

type Properties = Record<string, unknown>

/** What both sides of a visit know to be on its request and reply: tells what has been put there since it last crossed. */
export class SharedState {
  readonly #request: Side
  readonly #reply: Side
  readonly #owner: FastifyReply
  #cookies: Cookies

  /** `withheld` are the names of what could not come over. */
  constructor (reply: FastifyReply, withheld: { request?: Parcel | undefined, reply?: Parcel | undefined } = {}) {
    this.#owner = reply
    this.#request = new Side(reply.request, isOwnOfRequest, withheld.request)
    this.#reply = new Side(reply, isOwnOfReply, withheld.reply)
    this.#cookies = new Map(findCookies(reply))
  }

  /** Undefined if there are none. They are known from now on. */
  takeChanges (): Changes | undefined {
    const changes: Changes = {}
    const sessions = this.#request.takeSessions()
    const ofRequest = this.#request.takeChanges()
    const ofReply = this.#reply.takeChanges()
    if (ofRequest !== undefined) changes.request = ofRequest
    if (ofReply !== undefined) changes.reply = ofReply
    if (sessions !== undefined) {
      changes.sessions = sessions
      const calls = takeStoreCalls(this.#owner.request)
      if (calls !== undefined) changes.storeCalls = calls
    }
    const cookies = this.#takeCookies()
    if (cookies !== undefined) changes.cookies = cookies
    return ofRequest ?? ofReply ?? sessions ?? cookies ? changes : undefined
  }

  /** Of the cookies that are there, those that the other side has as well. */
  get knownCookies (): string[] {
    return [...this.#cookies.keys()]
  }

  /** What the other side has put there. Resolves when that is in the store of its session, if it is to be. */
  apply (changes: Changes | undefined): Promise<void> | undefined {
    if (changes === undefined) return undefined
    const stored = applyChanges(this.#owner, changes)
    this.#request.note(changes.request)
    this.#reply.note(changes.reply)
    this.#cookies = new Map(findCookies(this.#owner))
    return stored
  }

  #takeCookies (): Cookies | undefined {
    const cookies = findCookies(this.#owner)
    if (cookies === undefined || cookies.size === 0) return undefined
    const changed = new Map([...cookies].filter(([key, cookie]) => this.#cookies.get(key) !== cookie))
    if (changed.size === 0 || !isCloneable(changed)) return undefined
    this.#cookies = new Map(cookies)
    return changed
  }
}

/** Puts them on a request and its reply. Resolves as `SharedState.apply`. */
export function applyChanges (reply: FastifyReply, { request: ofRequest, reply: ofReply, sessions, storeCalls, cookies }: Changes): Promise<void> | undefined {
  const { request } = reply
  const stored = sessions && applySessions(request, sessions, storeCalls)
  if (ofRequest !== undefined) unpack(ofRequest, request, (name) => `request.${name}`)
  if (ofReply !== undefined) unpack(ofReply, reply, (name) => `reply.${name}`)
  if (cookies !== undefined) {
    const own = findCookies(reply)
    for (const [key, cookie] of cookies) own?.set(key, cookie)
  }
  return stored
}

/** Sessions go on as the instances that each side has, with what the other has done to its own. */
function applySessions (request: FastifyRequest, sessions: Parcel, storeCalls: Changes['storeCalls']): Promise<void> | undefined {
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
  unpack({ ...others, values: {} }, request, (name) => `request.${name}`)
  return stored
}

/** What is on one of the two, by name. */
class Side {
  readonly #object: object
  readonly #isOwn: IsOwn
  /** They throw when they are read, until something else takes their place. */
  readonly #withheld = new Set<string>()
  #known!: Properties
  /** What was in those that are objects, which may be changed in place. */
  #contents!: Record<string, Buffer | undefined>
  #sessions: readonly string[] = []

  constructor (object: object, isOwn: IsOwn, came: Parcel | undefined) {
    this.#object = object
    this.#isOwn = isOwn
    this.note(came)
    const names = Object.keys(this.#known).filter((name) => readSession(this.#known[name]) !== undefined)
    if (names.length > 0) this.#sessions = names
  }

  note (came: Parcel | undefined): void {
    for (const name in came?.withheld) this.#withheld.add(name)
    this.#know(this.#read())
  }

  takeChanges (): Parcel | undefined {
    const now = this.#read()
    let parcel: Parcel | undefined
    for (const name in now) {
      const value = now[name]
      if (this.#sessions.includes(name)) continue
      if (name in this.#known && (value === this.#known[name] ? this.#isAsBefore(name, value) : this.#isItsOwn(name, value))) continue
      parcel ??= createParcel()
      if (isError(value) || isCloneable(value)) pack(parcel, name, value)
      else withhold(parcel, name, value)
    }
    this.#know(now)
    return parcel
  }

  #know (properties: Properties): void {
    this.#known = properties
    this.#contents = Object.create(null)
    for (const name in properties) this.#contents[name] = contentsOf(properties[name])
  }

  #isAsBefore (name: string, value: unknown): boolean {
    const before = this.#contents[name]
    return before === undefined || contentsOf(value)?.equals(before) === true
  }

  /** Of what is no data each side has its own. */
  #isItsOwn (name: string, value: unknown): boolean {
    return !isData(value) && !isData(this.#known[name])
  }

  /** All of them as they are: what has changed in one cannot be seen from outside. One that has been ended is null. */
  takeSessions (): Parcel | undefined {
    if (this.#sessions.length === 0) return undefined
    const sessions = createParcel()
    for (const name of this.#sessions) pack(sessions, name, readSession(Reflect.get(this.#object, name)) ?? null)
    if (!isCloneable(sessions)) mend(sessions)
    return sessions
  }

  #read (): Properties {
    const properties: Properties = Object.create(null)
    for (const name of Object.keys(this.#object)) {
      if (this.#isOwn(this.#object, name)) continue
      if (this.#withheld.has(name) && Object.getOwnPropertyDescriptor(this.#object, name)!.get !== undefined) continue
      properties[name] = readProperty(this.#object, name)
    }
    return properties
  }
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
function contentsOf (value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || isError(value) || !isData(value)) return undefined
  try {
    return serialize(value)
  } catch {
    return undefined
  }
}
