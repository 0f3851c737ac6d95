import type { FastifyReply, FastifyRequest } from 'fastify'
import { ownOfReply, ownOfRequest } from '../own-properties.js'
import { readSession, readStoreCalls } from '../plugin-state.js'
import { isCloneable, isData, isError } from '../wire/cloneable.js'
import type { Answer, Open } from '../wire/messages.js'
import { createParcel, mend, pack, type Parcel, withhold } from '../wire/parcel.js'

type Properties = Record<string, unknown>

/** What a request and its reply have as the handler gets them. */
export interface Given {
  request: Properties
  reply: Properties
}

export function readGiven (request: FastifyRequest, reply: FastifyReply, { requestProperties, replyProperties }: Open): Given {
  return { request: read(request, ownOfRequest, requestProperties), reply: read(reply, ownOfReply, replyProperties) }
}

/** Adds to the answer what the handler has put there since, for the hooks that come after it. */
export function addChanges (answer: Omit<Answer, 'slot'>, open: Open, given: Given, reply: FastifyReply): void {
  const now = readGiven(reply.request, reply, open)
  const [ofRequest, ofReply] = [findChanges(given.request, now.request), findChanges(given.reply, now.reply)]
  if (ofRequest !== undefined) answer.requestProperties = ofRequest
  if (ofReply !== undefined) answer.replyProperties = ofReply
  if (open.cookies !== undefined) answer.sentCookies = [...open.cookies.keys()]
  if (open.sessions === undefined) return
  answer.sessions = readSessions(open.sessions, now.request)
  const calls = readStoreCalls(reply.request)
  if (calls !== undefined) answer.storeCalls = calls
}

function read (object: object, own: ReadonlySet<string>, parcel: Parcel | undefined): Properties {
  const properties: Properties = Object.create(null)
  for (const name of Object.keys(object)) {
    if (own.has(name)) continue
    // What could not cross throws, until something else takes its place.
    if (parcel !== undefined && name in parcel.withheld && Object.getOwnPropertyDescriptor(object, name)!.get !== undefined) continue
    properties[name] = readProperty(object, name)
  }
  return properties
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

function findChanges (given: Properties, now: Properties): Parcel | undefined {
  let parcel: Parcel | undefined
  for (const name in now) {
    const value = now[name]
    // Of what is no data each side has its own.
    if (value === given[name] || (name in given && !isData(value) && !isData(given[name]))) continue
    parcel ??= createParcel()
    if (isError(value) || isCloneable(value)) pack(parcel, name, value)
    else withhold(parcel, name, value)
  }
  return parcel
}

function readSessions ({ values }: Parcel, now: Properties): Parcel {
  const sessions = createParcel()
  // One that the handler has ended is null.
  for (const name in values) pack(sessions, name, readSession(now[name]) ?? null)
  if (!isCloneable(sessions)) mend(sessions)
  return sessions
}
