import type { FastifyReply, FastifyRequest } from 'fastify'
import { ownOfReply, ownOfRequest, readProperties } from '../own-properties.js'
import { isCloneable } from '../wire/fault.js'
import { readSession } from '../plugin-state.js'
import type { Answer } from '../wire/messages.js'
import { createParcel, isData, mend, pack, type Parcel, withhold } from '../wire/parcel.js'

import type { WorkerVisit } from './visit.js'

type Properties = Record<string, unknown>

/** What a request and its reply have as the handler gets them. */
export interface Given {
  request: Properties
  reply: Properties
}

export function readGiven (request: FastifyRequest, reply: FastifyReply): Given {
  return { request: readProperties(request, ownOfRequest), reply: readProperties(reply, ownOfReply) }
}

/** Adds to the answer what the handler has put there since, for the hooks that come after it. */
export function addChanges (answer: Omit<Answer, 'slot'>, { open }: WorkerVisit, given: Given, reply: FastifyReply): void {
  const { request } = reply
  const now = readGiven(request, reply)
  const [ofRequest, ofReply] = [findChanges(given.request, now.request), findChanges(given.reply, now.reply)]
  if (ofRequest !== undefined) answer.requestProperties = ofRequest
  if (ofReply !== undefined) answer.replyProperties = ofReply
  if (open.cookies !== undefined) answer.sentCookies = [...open.cookies.keys()]
  for (const name in open.sessions?.values) {
    // One that has been destroyed is null.
    const session = readSession(now.request[name]) ?? null
    pack(answer.sessions ??= createParcel(), name, session)
  }
  if (answer.sessions !== undefined && !isCloneable(answer.sessions)) mend(answer.sessions)
}

function findChanges (given: Properties, now: Properties): Parcel | undefined {
  let parcel: Parcel | undefined
  for (const name in now) {
    const value = now[name]
    // Of what is no data each side has its own.
    if (value === given[name] || (!isData(value) && name in given)) continue
    parcel ??= createParcel()
    if (value instanceof Error || isCloneable(value)) pack(parcel, name, value)
    else withhold(parcel, name, value)
  }
  return parcel
}
