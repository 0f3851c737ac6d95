import type { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NotCloneable } from '../../errors.js'
import { namesOfReply, namesOfRequest, type PropertyFilter } from '../../request/fastify-properties.js'
import { namesOfRaw } from '../../request/node-properties.js'
import { diffCookies, findCookies } from '../../request/cookies.js'
import { readSession } from '../../request/sessions.js'
import { readChangedReply } from '../../request/reply-head.js'
import { compactView } from '../../wire/bytes.js'
import { commonNow } from '../../wire/clock.js'
import { type CanSend, isCloneable, isData, isWhole, locateUncloneable } from '../../wire/cloneable.js'
import { equalsLines } from '../../wire/header-lines.js'
import type { OpenVisit } from '../../wire/messages.js'
import type { Connection, Tls } from '../../wire/request-state.js'
import {
  createValues, dropUncloneable, encode, type EncodedValues, isNullPrototype, omit
} from '../../wire/values.js'
import { type BodySender, readTrailers } from '../body/body-sender.js'
import type { KnownBytes } from '../body/known-bytes.js'
import type { BlockingRoute } from './route-state.js'

/** Takes the state of the request and the reply as a handler on the loop would find it now. */
export function takeSnapshot (
  visited: BlockingRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  sender: BodySender | undefined,
  known: KnownBytes | undefined
): OpenVisit {
  const { queue: { route }, mayReturnBytes, isSeen, isDeferred, knownUncloneable } = visited
  const { raw } = request
  const bytes = known?.bytes
  const bodyMode = sender?.mode
  const opening: OpenVisit = {
    type: 'visit',
    route,
    id: request.id,
    method: raw.method!,
    url: raw.url!,
    lines: raw.rawHeaders,
    connection: readConnection(request.socket),
    mayReturnBytes
  }
  // The lines are enough, unless a hook has changed the headers, or a name occurs twice.
  if (!equalsLines(raw.headers, raw.rawHeaders)) opening.headers = raw.headers
  const trailers = readTrailers(raw)
  if (trailers !== undefined) opening.trailers = trailers
  if (isSeen) opening.isSeen = true
  if (raw.httpVersion !== '1.1') opening.httpVersion = raw.httpVersion
  if (bodyMode !== undefined) opening.bodyMode = bodyMode
  if (sender?.inlineBody !== undefined) opening.inlineBody = sender.inlineBody
  if (bytes !== undefined) opening.collected = bytes.send()
  if (bytes?.encodedLength !== undefined) opening.encodedLength = bytes.encodedLength
  if (isDeferred || known?.isParsed === false) opening.runHooksUntil = 'preHandler'
  else if (bodyMode === 'unread' || bytes !== undefined) opening.runHooksUntil = 'preValidation'
  if (request.originalUrl !== raw.url) opening.originalUrl = request.originalUrl
  // `ips` is set only with trustProxy. Without it the connection tells all of these.
  if (request.ips !== undefined) {
    opening.forwarded = { ip: request.ip, ips: request.ips, host: request.host, protocol: request.protocol }
  }
  const { elapsedTime } = reply
  if (elapsedTime > 0) opening.since = commonNow() - elapsedTime
  const head = readChangedReply(reply)
  if (head !== undefined) opening.reply = head
  readProperties(opening, 'request', request, namesOfRequest, knownUncloneable)
  readParsed(opening, request, 'params')
  if (!isDefaultQuery(request.query, raw.url!)) readParsed(opening, request, 'query')
  if (bytes === undefined) readBody(opening, request, bodyMode)
  readProperties(opening, 'reply', reply, namesOfReply, knownUncloneable)
  readProperties(opening, 'rawRequest', raw, namesOfRaw, knownUncloneable)
  readProperties(opening, 'rawReply', reply.raw, namesOfRaw, knownUncloneable)
  const cookies = diffCookies(findCookies(reply), undefined)
  if (cookies !== undefined) (opening.changes ??= {}).cookies = cookies
  readLogger(opening, request, visited)
  return opening
}

function readLogger (
  opening: OpenVisit, { log }: FastifyRequest, { logLevel, findReplacedLogMethods }: BlockingRoute
): void {
  const { level } = log
  if (level !== undefined && level !== logLevel) opening.logLevel = level
  const logMethods = findReplacedLogMethods(log)
  if (logMethods !== undefined) opening.logMethods = logMethods
}

/** The four objects of a request and its reply, and the sessions of the request. */
type Part = 'request' | 'reply' | 'rawRequest' | 'rawReply' | 'sessions'

function valuesOf (opening: OpenVisit, part: Part): EncodedValues {
  const changes = opening.changes ??= {}
  const values = changes[part] ??= createValues()
  return values
}

/**
 * Omits the values that made a snapshot impossible to clone, and remembers their names. In the worker a
 * property that throws when the handler reads it takes the place of each value. Throws
 * FST_BLOCKING_NOT_CLONEABLE if a header of the request is to blame: Fastify itself reads the headers.
 */
export function omitUncloneable (opening: OpenVisit, suspects: Set<string>, canSend: CanSend): void {
  const { request, reply, rawRequest, rawReply, sessions } = opening.changes ?? {}
  for (const properties of [request, reply, rawRequest, rawReply]) {
    if (properties !== undefined) {
      for (const name of dropUncloneable(properties, canSend)) suspects.add(name)
    }
  }
  if (sessions !== undefined) dropUncloneable(sessions, canSend)
  if (opening.dependencies !== undefined) dropUncloneable(opening.dependencies, canSend)
  if (opening.context !== undefined) dropUncloneable(opening.context, canSend)
  const own = valuesOf(opening, 'request')
  for (const name of ['params', 'query', 'body'] as const) {
    if (canSend(opening[name])) continue
    omit(own, name, opening[name], canSend)
    opening[name] = undefined
    if (name === 'body') opening.buffers = undefined
  }
  if (canSend(opening.headers)) return
  const [path, what] = locateUncloneable(opening.headers, canSend)
  throw new NotCloneable(`request.headers${path}`, what)
}

/**
 * Whether the query is the object that Fastify uses if there is nothing to parse: the worker's Fastify uses
 * an equal one. Unlike the object of a parser it has Object.prototype.
 */
function isDefaultQuery (query: unknown, url: string): boolean {
  return typeof query === 'object' && query !== null && Object.getPrototypeOf(query) === Object.prototype &&
    isEmpty(query) && !url.includes('?')
}

/**
 * Takes an object that a parser has made. Any other value, which a hook has set, crosses with the properties.
 */
function readParsed (opening: OpenVisit, request: FastifyRequest, name: 'params' | 'query'): void {
  const parsed: unknown = request[name]
  if (parsed === undefined && noteIfDeleted(opening, request, name)) return
  const buffers: Uint8Array[] = []
  if (
    parsed instanceof Object || typeof parsed !== 'object' || parsed === null ||
    !isWhole(parsed, buffers) || buffers.length > 0
  ) {
    encode(valuesOf(opening, 'request'), name, parsed)
  } else if (!isEmpty(parsed)) opening[name] = parsed
}

/** Records the property as deleted if the request has none of this name. */
function noteIfDeleted (opening: OpenVisit, request: FastifyRequest, name: string): boolean {
  if (Object.hasOwn(request, name)) return false
  const values = valuesOf(opening, 'request')
  values.deleted = [...values.deleted ?? [], name]
  return true
}

function readBody (opening: OpenVisit, request: FastifyRequest, bodyMode: OpenVisit['bodyMode']): void {
  const body: unknown = bodyMode === 'stream' || request.body === request.raw ? undefined : request.body
  if (body === undefined) {
    noteIfDeleted(opening, request, 'body')
    return
  }
  const buffers: Uint8Array[] = []
  if (isData(body) && isWhole(body, buffers)) {
    opening.body = ArrayBuffer.isView(body) ? compactView(body) : body
    if (Buffer.isBuffer(body)) opening.buffers = [opening.body as Uint8Array]
    else if (buffers.length > 0) opening.buffers = buffers
    if (isNullPrototype(body)) opening.isNullPrototype = true
  } else encode(valuesOf(opening, 'request'), 'body', body)
}

const connections = new WeakMap<object, Connection>()

/** Reads the addresses once a connection, since each getter asks the operating system. */
function readConnection (socket: FastifyRequest['socket']): Connection {
  let connection = connections.get(socket)
  if (connection === undefined) {
    const { remoteAddress, remotePort, localAddress, localPort } = socket
    connection = [remoteAddress, remotePort, localAddress, localPort, ...readTls(socket)]
    connections.set(socket, connection)
  }
  return connection
}

function readTls (
  socket: FastifyRequest['socket'] | TLSSocket
): [encrypted: false] | [encrypted: true, tls: Tls] {
  if (!('encrypted' in socket) || !socket.encrypted) return [false]
  const { authorized, authorizationError, alpnProtocol } = socket
  // Node's types lack `servername`.
  const { servername } = socket as TLSSocket & Pick<Tls, 'servername'>
  return [true, {
    authorized,
    authorizationError: authorizationError && String(authorizationError),
    servername,
    alpnProtocol
  }]
}

/** Whether an object has no properties, as a parser returns it if there is nothing to parse. */
function isEmpty (parsed: object): boolean {
  // eslint-disable-next-line no-unreachable-loop -- one is enough to know
  for (const _name in parsed) return false
  return true
}

function readProperties (
  opening: OpenVisit, part: Part, object: object, names: PropertyFilter, suspects: Set<string>
): void {
  for (const name of names.othersOf(object)) {
    const value: unknown = Reflect.get(object, name)
    const session = part === 'request' ? readSession(value) : undefined
    if (session !== undefined) encode(valuesOf(opening, 'sessions'), name, session)
    else if (suspects.has(name) && !isCloneable(value)) omit(valuesOf(opening, part), name, value)
    else encode(valuesOf(opening, part), name, value)
  }
}
