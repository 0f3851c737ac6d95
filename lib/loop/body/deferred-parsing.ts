import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { BodyNeeded, BodyRead, InvalidOption } from '../../errors.js'
import { leaveOut } from '../../routes/partial-schema.js'
import { BodySender, mayHaveBody, type Payload } from './body-sender.js'

/*
 * Routes with `blocking: { parse: true }`: the loop leaves the body to the worker, which reads, parses and
 * validates it.
 */

const key = Symbol('fastify-blocking.unparsed')

/** Methods for which Fastify parses no body and reads no header of a body. */
const bodyless = new Set(['GET', 'HEAD', 'TRACE'])

type DeferredRequest = FastifyRequest & { [key]?: BodySender }
type Done = (error: null, payload?: Payload) => void

/**
 * Called from `onRoute`. Returns a function that restores the schema of the body, to be called once Fastify
 * has compiled the route's schema.
 */
export function deferParsing (route: RouteOptions, name: string): () => void {
  const [hook] = [route.preValidation ?? []].flat()
  if (hook !== undefined) {
    throw new BodyNeeded(name, `its preValidation hook ${hook.name === '' ? '' : `${hook.name} `}`.trimEnd())
  }
  // Fastify answers a QUERY request with 400 if it sees no content type.
  if ([route.method].flat().includes('QUERY')) {
    throw new InvalidOption(`route ${name}: blocking.parse`, 'it cannot be had for the method QUERY')
  }
  route.preParsing = [
    ...[route.preParsing ?? []].flat(), createDeferHook(name)
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
    if (payload !== request.raw || mayHaveBody(request.raw)) {
      request[key] = new BodySender(route, payload, 'unread', request.raw)
      if (!bodyless.has(request.method)) hideBodyOnce(request)
    }
    done(null)
  }
}

/**
 * Hides the body's headers for one reading. Fastify has no API that skips the parsing of one request, but it
 * reads the headers right after the preParsing hooks, and request.headers can be set.
 */
function hideBodyOnce (request: FastifyRequest): void {
  const { headers, raw } = request
  const hidden = {
    get 'content-type' (): undefined {
      request.headers = headers === raw.headers ? undefined as never : headers
      return undefined
    },
    'content-length': undefined,
    'transfer-encoding': undefined
  }
  request.headers = hidden
}

/** Returns the sender of the body; undefined for a request without a body. */
export function findDeferredBody (request: DeferredRequest, route: string): BodySender | undefined {
  const body = request[key]
  if (request.body !== undefined || body?.wasReadElsewhere === true) throw new BodyRead(route)
  return body
}
