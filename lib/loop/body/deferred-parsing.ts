import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { BodyNeeded, BodyRead, InvalidOption } from '../../errors.js'
import { leaveOut } from '../../routes/partial-schema.js'
import { mayHaveBody, type Payload, BodySender } from './body-sender.js'

/*
 * Routes with `blocking: { parse: true }`: the loop leaves the body to the worker, which reads, parses and validates it.
 */

const key = Symbol('fastify-blocking.unparsed')

/** Of which Fastify parses no body, and looks at no header. */
const bodyless = new Set(['GET', 'HEAD', 'TRACE'])

type DeferredRequest = FastifyRequest & { [key]?: BodySender }
type Done = (error: null, payload?: Payload) => void

/** Called from `onRoute`. Gives what puts its schema back, once Fastify has compiled it. */
export function deferParsing (route: RouteOptions, name: string): () => void {
  const [hook] = [route.preValidation ?? []].flat()
  if (hook !== undefined) throw new BodyNeeded(name, `its preValidation hook ${hook.name === '' ? '' : `${hook.name} `}`.trimEnd())
  // Fastify answers 400 where it sees no content type.
  if ([route.method].flat().includes('QUERY')) throw new InvalidOption(`route ${name}: blocking.parse`, 'it cannot be had for the method QUERY')
  route.preParsing = [...[route.preParsing ?? []].flat(), createDeferHook(name)] as NonNullable<RouteOptions['preParsing']>
  return leaveOut(route, ['body'])
}

/** The last of the route's own hooks: what they have made of the payload is the worker's. */
function createDeferHook (route: string) {
  return function leaveToWorker (request: DeferredRequest, _reply: FastifyReply, payload: Payload, done: Done): void {
    if (payload !== request.raw || mayHaveBody(request.raw)) {
      request[key] = new BodySender(route, payload, 'unread', request.raw)
      if (!bodyless.has(request.method)) hideBodyOnce(request)
    }
    done(null)
  }
}

/**
 * Fastify has no API that says "do not parse this one". What it looks at, right after these hooks, are the headers, and
 * those can be set: for one reading the body is not there.
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

/** What the worker is to read; undefined of a request without a body. */
export function findDeferredBody (request: DeferredRequest, route: string): BodySender | undefined {
  const body = request[key]
  if (request.body !== undefined || body?.wasReadElsewhere === true) throw new BodyRead(route)
  return body
}
