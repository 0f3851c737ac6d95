import type { FastifyReply, FastifyRequest } from 'fastify'
import { restoreBuffers } from '../wire/bytes.js'
import { findCookies, makeSession, type SessionState } from '../plugin-state.js'
import { restoreReply } from '../reply-state.js'
import { SharedState } from '../shared-state.js'
import { fromFault } from '../wire/fault.js'
import type { Open } from '../wire/messages.js'
import { makeBare, type Parcel, unpack } from '../wire/parcel.js'
import { VisitBody } from './body.js'
import { rawOf } from './visit-request.js'
import type { Done } from './handle.js'
import type { WorkerVisit } from './visit.js'

/*
 * Makes the worker's request and reply what they were on the loop.
 */

/** The first `onRequest` hook of every instance: makes the request what it was on the loop. */
export function restoreRequest (request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const raw = rawOf(request)
  if (raw === undefined) return done()
  const { open } = raw.visit
  raw.visit.isMuted = false
  // Fastify's clock and its work at the end of a response (onResponse, "request completed") are the loop's.
  if (raw.listenerCount('close') > 0) {
    raw.emit('close')
    raw.removeAllListeners('close')
  }
  if (reply.raw.listenerCount('finish') > 0) reply.raw.removeAllListeners('finish').removeAllListeners('error')

  request.id = open.id
  request.params = likeParsed(request.params, open.params ?? {})
  request.query = likeParsed(request.query, open.query ?? {})
  if (open.follows === 'stream') request.body = raw.visit.body = new VisitBody(raw.visit)
  else request.body = restoreBody(open)
  for (const name in open.requestProperties?.withheld) raw.visit.before.request[name] = Reflect.get(request, name)
  for (const name in open.replyProperties?.withheld) raw.visit.before.reply[name] = Reflect.get(reply, name)
  if (open.forwarded !== undefined) {
    for (const [name, value] of Object.entries(open.forwarded)) Object.defineProperty(request, name, { value, configurable: true })
  }
  restoreLoopsReply(reply, open)
  done()
}

/** Also in the place of what hooks that run here too have set. */
function restoreLoopsReply (reply: FastifyReply, { statusCode = reply.statusCode, statusMessage, rawHeaders, replyHeaders = {} }: Open): void {
  restoreReply(reply, { statusCode, headers: replyHeaders, ...(rawHeaders && { rawHeaders }), ...(statusMessage !== undefined && { statusMessage }) })
}

/** What hooks on the loop have left; before the handler, after whatever hooks run in the worker too. */
export function restoreLoops (request: FastifyRequest, reply: FastifyReply, visit: WorkerVisit): void {
  const { open, before } = visit
  const { requestProperties, replyProperties } = open
  restoreLoopsReply(reply, open)
  for (const [object, parcel, had, what] of [[request, requestProperties, before.request, 'request'], [reply, replyProperties, before.reply, 'reply']] as const) {
    if (parcel === undefined) continue
    for (const name in parcel.withheld) {
      // A hook that runs here too has made one of its own.
      if (Reflect.get(object, name) !== had[name]) delete parcel.withheld![name]
    }
    unpack(parcel, object, (name) => `${what}.${name}`)
  }
  if (open.sessions !== undefined) restoreSessions(request, open.sessions)
  const cookies = findCookies(reply)
  if (open.cookies !== undefined && cookies !== undefined) for (const [key, cookie] of open.cookies) cookies.set(key, cookie)
  visit.state = new SharedState(reply, { request: requestProperties, reply: replyProperties })
}

function restoreSessions (request: FastifyRequest, sessions: Parcel): void {
  unpack(sessions, request, (name) => `request.${name}`)
  for (const name of Object.keys(sessions.values)) {
    Reflect.set(request, name, makeSession(request, sessions.values[name] as SessionState))
  }
}

/**
 * Before the handler of a visit in which the body was parsed. What hooks on the loop have put in its place counts; of two
 * parts of an invalid request Fastify would have found that of `params` before the body.
 */
export function restoreParsed (request: FastifyRequest, { open }: WorkerVisit): void {
  if (open.body !== undefined) request.body = restoreBody(open)
  const fault = open.requestProperties?.faults?.validationError
  if (fault?.properties.validationContext === 'params') request.validationError = fromFault(fault) as NonNullable<FastifyRequest['validationError']>
}

function restoreBody ({ body, buffers, isBare }: Open): unknown {
  if (buffers !== undefined) restoreBuffers(buffers)
  return isBare ? makeBare(body as object) : body
}

/** Parsers make objects without Object.prototype; a clone has it. */
function likeParsed (own: unknown, carried: unknown): unknown {
  if (typeof own !== 'object' || own === null || own instanceof Object || !(carried instanceof Object)) return carried
  return Object.assign(Object.create(Object.getPrototypeOf(own)), carried)
}
