import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import { LoopOnly, NotCloneable, UnsupportedAnswer, WrongRoute } from '../errors.js'
import { asBuffer, detach } from '../wire/bytes.js'
import { fromFault, isCloneable } from '../wire/fault.js'
import type { Answer, Headers, Open, Properties } from '../wire/messages.js'
import { VisitRequest, VisitReply } from './exchange.js'
import { createSignal } from './signal.js'
import type { WorkerVisit } from './visit.js'

/*
 * The part of the lifecycle that happens in the worker, as hooks of the worker's copy of the route: the handler
 * is called from the last `onRequest` hook, since parsing, validation and `preHandler` have been the loop's; the
 * answer is taken in the last `onSend` hook, before Fastify makes a response of it.
 */

type Done = (error?: Error | null) => void

function rawOf (request: FastifyRequest): VisitRequest | undefined {
  const raw: unknown = request.raw
  return raw instanceof VisitRequest ? raw : undefined
}

function visitOf (request: FastifyRequest): WorkerVisit | undefined {
  return rawOf(request)?.visit
}

/** The first `onRequest` hook of every instance: makes the request what it was on the loop. */
export function restoreRequest (request: FastifyRequest, reply: FastifyReply, done: Done): void {
  const raw = rawOf(request)
  if (raw === undefined) return done()
  const { open } = raw.visit
  raw.unmute()
  // Fastify's clock and its work at the end of a response (onResponse, "request completed") are the loop's.
  if (raw.listenerCount('close') > 0) {
    raw.emit('close')
    raw.removeAllListeners('close')
  }
  if (reply.raw.listenerCount('finish') > 0) reply.raw.removeAllListeners('finish').removeAllListeners('error')

  request.id = open.id
  request.params = likeParsed(request.params, open.params ?? {})
  request.query = likeParsed(request.query, open.query ?? {})
  request.body = unpack(open.body)
  if (open.forwarded !== undefined) {
    for (const [name, value] of Object.entries(open.forwarded)) Object.defineProperty(request, name, { value, configurable: true })
  }
  restoreReply(reply, open)
  done()
}

function restoreReply (reply: FastifyReply, { statusCode, rawHeaders, replyHeaders }: Open): void {
  if (statusCode !== undefined) reply.code(statusCode)
  for (const name in rawHeaders) reply.raw.setHeader(name, rawHeaders[name]!)
  for (const name in replyHeaders) reply.header(name, replyHeaders[name])
}

/** What a request and a reply do otherwise in a visit. The decorators apply to every instance; others than visits get what they would have had. */
export function decorateVisits (fastify: FastifyInstance): void {
  fastify.decorateRequest('signal', {
    getter (this: FastifyRequest) {
      const visit = visitOf(this)
      if (visit === undefined) return inherited(this, 'signal') as AbortSignal
      visit.signal ??= createSignal(visit)
      return visit.signal
    }
  })
  fastify.decorateReply('callNotFound', function callNotFoundOnLoop (this: FastifyReply) {
    const raw: unknown = this.raw
    if (!(raw instanceof VisitReply)) return (inherited(this, 'callNotFound') as () => FastifyReply).call(this)
    raw.req.visit.isNotFound = true
    return this.send()
  })
  for (const name of ['hijack', 'trailer'] as const) {
    fastify.decorateReply(name, function refuseInVisit (this: FastifyReply, ...parameters: unknown[]) {
      if (visitOf(this.request) !== undefined) throw new LoopOnly(`reply.${name}()`)
      return (inherited(this, name) as (...parameters: unknown[]) => unknown).apply(this, parameters)
    } as never)
  }
}

/** A property as it is further up the prototypes, above the decorator. */
function inherited (target: object, name: string): unknown {
  let owner: object = target
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  return Reflect.get(Object.getPrototypeOf(owner), name, target)
}

/** A clone of a Buffer is a Uint8Array. */
function unpack (value: unknown): unknown {
  return value instanceof Uint8Array ? asBuffer(value) : value
}

/** Parsers make objects without Object.prototype; a clone has it. */
function likeParsed (own: unknown, carried: unknown): unknown {
  if (typeof own !== 'object' || own === null || own instanceof Object || !(carried instanceof Object)) return carried
  return Object.assign(Object.create(Object.getPrototypeOf(own)), carried)
}

/** The last `onRequest` hook of a blocking route. */
export function callHandler (key: string, { handler, errorHandler }: RouteOptions) {
  return function callBlockingHandler (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) return done()
    if (visit.open.route !== key) return visit.fail(new WrongRoute(visit.open.route, key))
    visit.isReached = true
    if (visit.open.requestProperties !== undefined) restoreProperties(request, 'request', visit.open.requestProperties)
    if (visit.open.replyProperties !== undefined) restoreProperties(reply, 'reply', visit.open.replyProperties)
    const fail = (error: unknown): void => {
      // Only a hook's error is sent as one whatever its type; but `done` takes nothing for no error.
      if (error !== undefined && error !== null) return done(error as Error)
      reply.removeHeader('content-type').removeHeader('content-length')
      const handle = (errorHandler ?? this.errorHandler).bind(this, error as never)
      run(handle, request, reply, (again) => done(again as Error ?? new Error(String(again))))
    }
    run(handler.bind(this), request, reply, fail)
  }
}

/** As Fastify runs a handler: a value or a promise of one is sent, `undefined` from a promise only if nothing was. */
function run (handler: (...parameters: Parameters<RouteHandlerMethod>) => unknown, request: FastifyRequest, reply: FastifyReply, fail: (error: unknown) => void): void {
  const send = (payload: unknown): void => {
    try {
      reply.send(payload)
    } catch (error) {
      fail(error)
    }
  }
  let result: unknown
  try {
    result = handler(request, reply)
  } catch (error) {
    return fail(error)
  }
  if (result === undefined) return
  if (!isThenable(result)) return send(result)
  result.then((payload) => {
    if (payload !== undefined || !reply.sent) send(payload)
  }, (error) => {
    if (reply.sent) reply.log.error({ err: error }, 'Promise errored, but reply.sent = true was set')
    else fail(error)
  })
}

function isThenable (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** The first `onRequest` hook of every other route: a visit that is routed here has gone astray. */
export function refuseVisit (key: string) {
  return function refuseStrayVisit (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) done()
    else visit.fail(new WrongRoute(visit.open.route, key))
  }
}

/** The last `onSend` hook of a blocking route. */
export function captureAnswer (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void): void {
  const visit = visitOf(request)
  if (visit === undefined) return done(null, payload)
  const { bytes, route } = visit.open
  if (visit.isNotFound) {
    answer(visit, reply, undefined)
    done(null, null)
  } else if (typeof payload === 'string' || Buffer.isBuffer(payload) || payload === undefined || payload === null) {
    answer(visit, reply, detach(payload ?? undefined, bytes))
    done(null, null)
  } else if (isStream(payload)) {
    done(new UnsupportedAnswer(route, 'a stream'))
  } else if (bytes || ArrayBuffer.isView(payload)) {
    done(null, payload) // Fastify has an error for it
  } else if (isCloneable(payload)) {
    answer(visit, reply, payload) // the loop's hooks may make something of it
    done(null, null)
  } else {
    done(new UnsupportedAnswer(route, 'data that cannot be cloned'))
  }
}

function answer (visit: WorkerVisit, reply: FastifyReply, payload: unknown): void {
  const { statusMessage } = reply.raw
  const message: Omit<Answer, 'slot'> = { statusCode: reply.statusCode, headers: headersOf(reply), payload, notFound: visit.isNotFound }
  if (statusMessage !== '') message.statusMessage = statusMessage
  visit.answer(message)
}

/** As the loop's response will see them; what is not a text there becomes one here. */
function headersOf (reply: FastifyReply): Headers {
  const headers: Headers = reply.getHeaders()
  for (const name in headers) {
    const value: unknown = headers[name]
    if (typeof value === 'string' || typeof value === 'number' || value === undefined) continue
    headers[name] = Array.isArray(value) ? value.map(String) : String(value)
  }
  return headers
}

function restoreProperties (target: FastifyRequest | FastifyReply, owner: string, { values, faults, withheld }: Properties): void {
  for (const name in values) Reflect.set(target, name, unpack(values[name]))
  for (const name in faults) Reflect.set(target, name, fromFault(faults[name]!))
  for (const name in withheld) {
    defineLazily(target, name, () => { throw new NotCloneable(`${owner}.${name}`, withheld[name]!) })
  }
}

/** A property that is made when it is first read, and may be set like any other. */
function defineLazily (target: object, name: string, make: () => unknown): void {
  const define = (value: unknown): void => {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true })
  }
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get () {
      const value = make()
      define(value)
      return value
    },
    set: define
  })
}

/** Whether Fastify would send it piece by piece. */
function isStream (payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && ('pipe' in payload || 'getReader' in payload || payload instanceof Response)
}
