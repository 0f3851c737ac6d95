import type { FastifyReply, FastifyRequest } from 'fastify'
import { namesOfReply, namesOfRequest } from '../../request/fastify-properties.js'
import { findCookies, makeSession, type SessionState } from '../../request/plugins.js'
import { restoreReply } from '../../request/reply-head.js'
import { pathOf, RequestSync, type SyncOptions } from '../../request/state-sync.js'
import { restoreBuffers } from '../../wire/bytes.js'
import { deserializeError } from '../../wire/error.js'
import type { OpenVisit } from '../../wire/messages.js'
import { decode, type EncodedValues, hasValue, toNullPrototype } from '../../wire/values.js'
import { rawPropertyFilter } from '../visit/raw-properties.js'
import { type RawRequest, rawRequestOf } from '../visit/raw-request.js'
import { RequestBody } from '../visit/request-body.js'
import { restoreSerializer } from '../visit/serializer.js'
import type { WorkerVisit } from '../visit/visit.js'

/*
 * Gives the worker's request and reply the state that they had on the loop.
 */

/** The first `onRequest` hook of every instance: gives the request the state that it had on the loop. */
export function restoreRequest (request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const raw = rawRequestOf(request)
  if (raw === undefined) return done()
  const { open } = raw.visit
  raw.visit.isLogMuted = false
  // Ends Fastify's timer of handlerTimeout by 'close', and removes its listeners for the end of a response:
  // the time limit, onResponse hooks and "request completed" belong to the loop.
  if (raw.listenerCount('close') > 0) {
    raw.emit('close')
    raw.removeAllListeners('close')
  }
  if (reply.raw.listenerCount('finish') > 0) {
    reply.raw.removeAllListeners('finish').removeAllListeners('error')
  }

  if (request.is404) return raw.visit.misrouted('none of its routes')
  restoreUrls(request, raw, open)
  raw.visit.initial.names = { request: namesOfRequest.othersOf(request), reply: namesOfReply.othersOf(reply) }
  request.id = open.id
  request.params = withPrototypeOf(request.params, open.params ?? {})
  request.query = withPrototypeOf(request.query, open.query ?? {})
  if (open.bodyMode === 'stream') request.body = raw.visit.body = new RequestBody(raw.visit)
  else request.body = restoreBody(open)
  for (const name in open.requestProperties?.omitted) {
    raw.visit.initial.request[name] = Reflect.get(request, name)
  }
  for (const name in open.replyProperties?.omitted) raw.visit.initial.reply[name] = Reflect.get(reply, name)
  if (open.forwarded !== undefined) {
    for (const [name, value] of Object.entries(open.forwarded)) {
      Object.defineProperty(request, name, { value, configurable: true })
    }
  }
  restoreReplyHead(reply, open)
  done()
}

/**
 * Sets the loop's URL and method. The visit may have been routed by another URL and method, see
 * destination.ts.
 */
function restoreUrls (
  request: FastifyRequest, raw: RawRequest, { url, method, originalUrl, rawRequestProperties }: OpenVisit
): void {
  raw.method = method
  raw.url = url
  if (originalUrl !== undefined) {
    // request.originalUrl keeps the first value that it reads: set the loop's value, and read it once.
    Reflect.set(raw, 'originalUrl', originalUrl)
    Reflect.get(request, 'originalUrl')
  }
  if (rawRequestProperties === undefined || !hasValue(rawRequestProperties, 'originalUrl')) {
    Reflect.deleteProperty(raw, 'originalUrl')
  }
}

/** Restores the loop's status and headers, and overwrites those that hooks in the worker have set. */
function restoreReplyHead (
  reply: FastifyReply,
  { statusCode = reply.statusCode, statusMessage, rawHeaders, replyHeaders = {} }: OpenVisit
): void {
  restoreReply(reply, {
    statusCode,
    headers: replyHeaders,
    ...(rawHeaders && { rawHeaders }),
    ...(statusMessage !== undefined && { statusMessage })
  })
}

/**
 * Restores what hooks on the loop have left. Called before the handler, and after the hooks that run in the
 * worker too.
 */
export function restoreRequestAndReply (
  request: FastifyRequest, reply: FastifyReply, visit: WorkerVisit
): void {
  const { open, initial } = visit
  const { requestProperties, replyProperties, rawRequestProperties, rawReplyProperties, sessions } = open
  restoreReplyHead(reply, open)
  restoreSerializer(reply, open.serializer)
  // Before restoreProperties(), which takes a name out of `omitted` if a hook in the worker has made a value
  // of its own: deleteMissing() would delete that value.
  deleteMissing(request, initial.names.request, [requestProperties, sessions])
  deleteMissing(reply, initial.names.reply, [replyProperties])
  restoreProperties(request, requestProperties, initial.request, pathOf('request'))
  restoreProperties(reply, replyProperties, initial.reply, pathOf('reply'))
  if (rawRequestProperties !== undefined) decode(rawRequestProperties, request.raw, pathOf('rawRequest'))
  if (rawReplyProperties !== undefined) decode(rawReplyProperties, reply.raw, pathOf('rawReply'))
  if (open.sessions !== undefined) restoreSessions(request, open.sessions)
  const cookies = findCookies(reply)
  if (open.cookies !== undefined && cookies !== undefined) {
    for (const [key, cookie] of open.cookies) cookies.set(key, cookie)
  }
  const came = {
    request: requestProperties,
    reply: replyProperties,
    rawRequest: rawRequestProperties,
    rawReply: rawReplyProperties
  }
  visit.sync = new RequestSync(reply, came, open.isSeen === true ? seen : unseen)
}

const seen: SyncOptions = { namesOfRaw: rawPropertyFilter, unwatched: new Set() }
const unseen: SyncOptions = {
  namesOfRaw: rawPropertyFilter, unwatched: new Set(['params', 'query', 'body', 'headers'])
}

function restoreProperties (
  object: object,
  encoded: EncodedValues | undefined,
  had: Record<string, unknown>,
  pathOf: (name: string) => string
): void {
  if (encoded === undefined) return
  for (const name in encoded.omitted) {
    // A hook that runs in the worker too has made a value of its own, which stays.
    if (Reflect.get(object, name) !== had[name]) delete encoded.omitted![name]
  }
  decode(encoded, object, pathOf)
}

/** Deletes properties that decorators have put on the object and that a hook on the loop has deleted. */
function deleteMissing (
  object: object, names: readonly string[], parcels: readonly (EncodedValues | undefined)[]
): void {
  for (const name of names) {
    if (!parcels.some((encoded) => encoded !== undefined && hasValue(encoded, name))) {
      Reflect.deleteProperty(object, name)
    }
  }
}

function restoreSessions (request: FastifyRequest, sessions: EncodedValues): void {
  decode(sessions, request, pathOf('request'))
  for (const name of Object.keys(sessions.values)) {
    Reflect.set(request, name, makeSession(request, sessions.values[name] as SessionState))
  }
}

/**
 * Called before the handler of a visit whose body the worker has parsed. A body that hooks on the loop have
 * set replaces the parsed one. A validation error of `params` replaces one of the body, since Fastify
 * validates `params` first.
 */
export function restoreParsed (request: FastifyRequest, { open, sync }: WorkerVisit): void {
  if (open.body !== undefined) request.body = restoreBody(open)
  sync!.keepBody()
  const fault = open.requestProperties?.errors?.validationError
  if (fault?.properties.validationContext === 'params') {
    request.validationError = deserializeError(fault) as NonNullable<FastifyRequest['validationError']>
  }
}

function restoreBody ({ body, buffers, isNullPrototype }: OpenVisit): unknown {
  if (buffers !== undefined) restoreBuffers(buffers)
  return isNullPrototype ? toNullPrototype(body as object) : body
}

/**
 * Parsers make objects without Object.prototype, but a structured clone has it: restores the parser's
 * prototype.
 */
function withPrototypeOf (own: unknown, carried: unknown): unknown {
  if (
    typeof own !== 'object' || own === null || own instanceof Object || !(carried instanceof Object)
  ) return carried
  return Object.assign(Object.create(Object.getPrototypeOf(own)), carried)
}
