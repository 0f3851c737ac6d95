import type { FastifyReply, FastifyRequest } from 'fastify'
import { namesOfReply, namesOfRequest } from '../../request/fastify-properties.js'
import { restoreReply } from '../../request/reply-head.js'
import { applyChangesTo, RequestSync, type SyncOptions } from '../../request/state-sync.js'
import { findValidator, validateAgain } from '../../request/validate-body.js'
import { restoreBuffers } from '../../wire/bytes.js'
import { deserializeError } from '../../wire/error.js'
import type { OpenVisit } from '../../wire/messages.js'
import type { ReplyState, StateDiff } from '../../wire/request-state.js'
import { type EncodedValues, hasValue, toNullPrototype } from '../../wire/values.js'
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
  const { open, lifecycle } = raw.visit
  lifecycle.isLogMuted = false
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
  lifecycle.names = { request: namesOfRequest.othersOf(request), reply: namesOfReply.othersOf(reply) }
  request.id = open.id
  request.params = withPrototypeOf(request.params, open.params ?? {})
  request.query = withPrototypeOf(request.query, open.query ?? {})
  if (open.bodyMode === 'stream') request.body = raw.visit.body = new RequestBody(raw.visit)
  else request.body = restoreBody(open)
  const { changes } = open
  for (const name in changes?.request?.omitted) lifecycle.initial.request[name] = Reflect.get(request, name)
  for (const name in changes?.reply?.omitted) lifecycle.initial.reply[name] = Reflect.get(reply, name)
  if (open.forwarded !== undefined) {
    for (const [name, value] of Object.entries(open.forwarded)) {
      Object.defineProperty(request, name, { value, configurable: true })
    }
  }
  restoreReply(reply, open.reply ?? unchangedReply)
  done()
}

/**
 * Sets the loop's URL and method. The visit may have been routed by another URL and method, see
 * destination.ts.
 */
function restoreUrls (
  request: FastifyRequest, raw: RawRequest, { url, method, originalUrl, changes }: OpenVisit
): void {
  raw.method = method
  raw.url = url
  if (originalUrl !== undefined) {
    // request.originalUrl keeps the first value that it reads: set the loop's value, and read it once.
    Reflect.set(raw, 'originalUrl', originalUrl)
    Reflect.get(request, 'originalUrl')
  }
  if (changes?.rawRequest === undefined || !hasValue(changes.rawRequest, 'originalUrl')) {
    Reflect.deleteProperty(raw, 'originalUrl')
  }
}

const unchangedReply: ReplyState = { statusCode: 200, headers: {} }
const noChanges: StateDiff = {}

/**
 * Restores what hooks on the loop have left. Called before the handler, and after the hooks that run in the
 * worker too.
 */
export function restoreRequestAndReply (
  request: FastifyRequest, reply: FastifyReply, visit: WorkerVisit
): void {
  const { open: { changes = noChanges, reply: head, isSeen }, lifecycle } = visit
  // Overwrites status and headers that hooks in the worker have set.
  restoreReply(reply, head ?? unchangedReply)
  restoreSerializer(reply, head?.serializer)
  // Before keepOwnValues(), which takes a name out of `omitted` if a hook in the worker has made a value of
  // its own: deleteMissing() would delete that value.
  deleteMissing(request, lifecycle.names.request, [changes.request, changes.sessions])
  deleteMissing(reply, lifecycle.names.reply, [changes.reply])
  keepOwnValues(request, changes.request, lifecycle.initial.request)
  keepOwnValues(reply, changes.reply, lifecycle.initial.reply)
  if (changes !== noChanges) applyChangesTo(reply, changes)
  lifecycle.sync = new RequestSync(reply, changes, isSeen === true ? seen : unseen)
}

const seen: SyncOptions = { namesOfRaw: rawPropertyFilter, unwatched: new Set() }
const unseen: SyncOptions = {
  namesOfRaw: rawPropertyFilter, unwatched: new Set(['params', 'query', 'body', 'headers'])
}

/** A value that a hook in the worker has made stays, where that of the loop could not cross. */
function keepOwnValues (
  object: object, encoded: EncodedValues | undefined, had: Record<string, unknown>
): void {
  for (const name in encoded?.omitted) {
    if (Reflect.get(object, name) !== had[name]) delete encoded.omitted[name]
  }
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

/**
 * Called before the handler of a visit whose body the worker has parsed. A body that hooks on the loop have
 * set replaces the parsed one. A validation error of `params` replaces one of the body, since Fastify
 * validates `params` first. Returns a promise if the body has an asynchronous validator.
 */
export function restoreParsed (
  request: FastifyRequest, { open, lifecycle: { sync } }: WorkerVisit
): Promise<unknown> | undefined {
  if (open.body !== undefined) request.body = restoreBody(open)
  const fault = open.changes?.request?.errors?.validationError
  if (fault?.properties.validationContext === 'params') {
    request.validationError = deserializeError(fault) as NonNullable<FastifyRequest['validationError']>
  }
  // The loop has validated the body, and what validation changes did not cross.
  const isValidated = open.collected !== undefined && open.runHooksUntil === 'preValidation'
  const pending = isValidated ? validateAgain(request, findValidator(request)) : undefined
  if (pending === undefined) {
    sync!.keepBody()
    return undefined
  }
  return pending.then(() => sync!.keepBody())
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
