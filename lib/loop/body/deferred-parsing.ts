import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { BodyNeeded, BodyRead, InvalidOption } from '../../errors.js'
import { leaveOut } from '../../routes/partial-schema.js'
import type { MarkedRoute } from '../../routes/route-marks.js'
import { BodySender, hasBody, type Payload } from './body-sender.js'
import { collectBody } from './collect-body.js'
import { CollectedBody } from './collected-body.js'
import { hideBodyOnce } from './hide-body.js'
import { bodyless, findFormat } from './parse-body.js'

/*
 * Routes with `blocking: { parse: true }` or `parse: 'deferred'`: the loop leaves the body to the worker,
 * which parses and validates it after the hooks of the loop. With `true` the worker reads it as well.
 */

const key = Symbol('fastify-blocking.unparsed')

type DeferredBody = BodySender | CollectedBody
type DeferredRequest = FastifyRequest & { [key]?: DeferredBody }
type Done = (error: Error | null, payload?: Payload) => void

/**
 * Called from `onRoute`. Returns a function that restores the schema of the body, to be called once Fastify
 * has compiled the route's schema. `bodyLimit`: that of the server, in bytes.
 */
export function deferParsing (route: RouteOptions, marks: MarkedRoute, bodyLimit: number): () => void {
  const { key: name, parse } = marks
  const [hook] = [route.preValidation ?? []].flat()
  if (hook !== undefined) {
    throw new BodyNeeded(name, `its preValidation hook ${hook.name === '' ? '' : `${hook.name} `}`.trimEnd())
  }
  // Fastify answers a QUERY request with 400 if it sees no content type.
  if ([route.method].flat().includes('QUERY')) {
    throw new InvalidOption(`route ${name}: blocking.parse`, 'a route of the method QUERY cannot have it')
  }
  route.preParsing = [
    ...[route.preParsing ?? []].flat(),
    parse === true ? createDeferHook(name) : createCollectHook(name, route.bodyLimit ?? bodyLimit)
  ] as NonNullable<RouteOptions['preParsing']>
  return leaveOut(route, ['body'])
}

/**
 * Returns the last preParsing hook of the route: the worker gets the payload that the hooks before have made.
 */
function createDeferHook (route: string) {
  return function leaveToWorker (
    request: DeferredRequest, _reply: FastifyReply, payload: Payload, done: Done
  ): void {
    if (payload !== request.raw || hasBody(request.raw)) {
      leaveBody(request, new BodySender(route, payload, 'unread', request.raw))
    }
    done(null)
  }
}

/**
 * Returns the last preParsing hook of a route whose bodies the loop reads. A body for which the app may have
 * a parser of streams is left to the worker to read, and so is one that is too long.
 */
function createCollectHook (route: string, limit: number) {
  const leaveToWorker = createDeferHook(route)
  return function collectForWorker (
    request: DeferredRequest, reply: FastifyReply, payload: Payload, done: Done
  ): void {
    if (findFormat(request, limit) === undefined) return leaveToWorker(request, reply, payload, done)
    collectBody(request, reply, payload, limit, (error, collected) => {
      if (collected === undefined) return done(error)
      const { chunks, isShared } = collected
      leaveBody(request, new CollectedBody(chunks, isShared, payload.receivedEncodedLength))
      done(null)
    })
  }
}

function leaveBody (request: DeferredRequest, body: DeferredBody): void {
  request[key] = body
  if (!bodyless.has(request.method)) hideBodyOnce(request)
}

/** Returns the body that was left to the worker; undefined for a request without a body. */
export function findDeferredBody (request: DeferredRequest, route: string): DeferredBody | undefined {
  const body = request[key]
  const wasRead = body instanceof BodySender && body.wasReadElsewhere
  if (request.body !== undefined || wasRead) throw new BodyRead(route)
  return body
}
