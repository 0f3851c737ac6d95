import type { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { commonNow } from '../../wire/clock.js'
import { namesOfReply, namesOfRequest, type PropertyFilter } from '../../request/fastify-properties.js'
import { findCookies, readSession, type SessionState } from '../../request/plugins.js'
import { namesOfRaw } from '../../request/node-properties.js'
import { readStatusMessage, splitHeaders } from '../../request/reply-head.js'
import { readSerializer } from '../../request/reply-serializer.js'
import { compactView } from '../../wire/bytes.js'
import type { Connection, Open, Tls } from '../../wire/messages.js'
import { isCloneable, isData, isWhole } from '../../wire/cloneable.js'
import { createValues, isNullPrototype, dropUncloneable, encode, type EncodedValues, omit } from '../../wire/values.js'
import { equalsLines } from '../../wire/header-lines.js'
import { readTrailers, type BodySender } from '../body/body-sender.js'
import type { BlockingRoute } from './route-state.js'

export type Snapshot = Omit<Open, 'slot'>

/** The request as the handler would find it now. */
export function takeSnapshot ({ queue: { route }, mayReturnBytes, isSeen, parse, knownUncloneable }: BlockingRoute, request: FastifyRequest, reply: FastifyReply, sender: BodySender | undefined): Snapshot {
  const { raw } = request
  const follows = sender?.mode
  const body = follows === 'stream' || request.body === raw ? undefined : request.body
  const snapshot: Snapshot = {
    route,
    id: request.id,
    method: raw.method!,
    url: raw.url!,
    lines: raw.rawHeaders,
    connection: readConnection(request.socket),
    bytes: mayReturnBytes
  }
  // Unless a hook has changed them, or a name is there twice.
  if (!equalsLines(raw.headers, raw.rawHeaders)) snapshot.headers = raw.headers
  const trailers = readTrailers(raw)
  if (trailers !== undefined) snapshot.trailers = trailers
  if (isSeen) snapshot.isSeen = true
  if (raw.httpVersion !== '1.1') snapshot.httpVersion = raw.httpVersion
  if (follows !== undefined) snapshot.follows = follows
  if (sender?.inlineBody !== undefined) snapshot.whole = sender.inlineBody
  if (parse) snapshot.until = 'preHandler'
  else if (follows === 'unread') snapshot.until = 'preValidation'
  if (reply.statusCode !== 200) snapshot.statusCode = reply.statusCode
  if (request.originalUrl !== raw.url) snapshot.originalUrl = request.originalUrl
  // Only with trustProxy; else the connection says it all.
  if (request.ips !== undefined) {
    snapshot.forwarded = { ip: request.ip, ips: request.ips, host: request.host, protocol: request.protocol }
  }
  const { elapsedTime } = reply
  if (elapsedTime > 0) snapshot.since = commonNow() - elapsedTime
  const serializer = readSerializer(reply)
  if (serializer !== undefined) snapshot.serializer = serializer
  readHeaders(reply, snapshot)
  const requestProperties = readProperties(request, namesOfRequest, knownUncloneable, (name, session) => { encode(snapshot.sessions ??= createValues(), name, session) })
  if (requestProperties !== undefined) snapshot.requestProperties = requestProperties
  readParsed(snapshot, request, 'params')
  if (!isDefaultQuery(request.query, raw.url!)) readParsed(snapshot, request, 'query')
  if (body === undefined) noteIfDeleted(snapshot, request, 'body')
  else readBody(snapshot, body)
  const replyProperties = readProperties(reply, namesOfReply, knownUncloneable)
  if (replyProperties !== undefined) snapshot.replyProperties = replyProperties
  const rawRequestProperties = readProperties(raw, namesOfRaw, knownUncloneable)
  if (rawRequestProperties !== undefined) snapshot.rawRequestProperties = rawRequestProperties
  const rawReplyProperties = readProperties(reply.raw, namesOfRaw, knownUncloneable)
  if (rawReplyProperties !== undefined) snapshot.rawReplyProperties = rawReplyProperties
  const cookies = findCookies(reply)
  if (cookies !== undefined && cookies.size > 0 && isCloneable(cookies)) snapshot.cookies = cookies
  return snapshot
}

/**
 * Takes out of a snapshot what made it impossible to clone, and remembers the names. The worker puts an error in
 * its place, which is thrown when the handler touches it.
 */
export function omitUncloneable (snapshot: Snapshot, suspects: Set<string>): void {
  for (const properties of [snapshot.requestProperties, snapshot.replyProperties, snapshot.rawRequestProperties, snapshot.rawReplyProperties]) {
    if (properties !== undefined) for (const name of dropUncloneable(properties)) suspects.add(name)
  }
  if (snapshot.sessions !== undefined) dropUncloneable(snapshot.sessions)
  if (snapshot.dependencies !== undefined) dropUncloneable(snapshot.dependencies)
  if (snapshot.context !== undefined) dropUncloneable(snapshot.context)
  const own: EncodedValues = snapshot.requestProperties ??= createValues()
  for (const name of ['params', 'query', 'body'] as const) {
    if (isCloneable(snapshot[name])) continue
    omit(own, name, snapshot[name])
    snapshot[name] = undefined
    if (name === 'body') snapshot.buffers = undefined
  }
}

/** Whether it is Fastify's own where there is nothing to parse, as the worker's is: unlike others it has Object.prototype. */
function isDefaultQuery (query: unknown, url: string): boolean {
  return typeof query === 'object' && query !== null && Object.getPrototypeOf(query) === Object.prototype && isEmpty(query) && !url.includes('?')
}

/** What parsers have made; whatever else a hook has put there goes with its properties. */
function readParsed (snapshot: Snapshot, request: FastifyRequest, name: 'params' | 'query'): void {
  const parsed: unknown = request[name]
  if (parsed === undefined && noteIfDeleted(snapshot, request, name)) return
  const buffers: Uint8Array[] = []
  if (parsed instanceof Object || typeof parsed !== 'object' || parsed === null || !isWhole(parsed, buffers) || buffers.length > 0) {
    encode(snapshot.requestProperties ??= createValues(), name, parsed)
  } else if (!isEmpty(parsed)) snapshot[name] = parsed
}

/** Notes it. */
function noteIfDeleted (snapshot: Snapshot, request: FastifyRequest, name: string): boolean {
  if (Object.hasOwn(request, name)) return false
  const encoded = snapshot.requestProperties ??= createValues();
  (encoded.deleted ??= []).push(name)
  return true
}

function readBody (snapshot: Snapshot, body: unknown): void {
  const buffers: Uint8Array[] = []
  if (isData(body) && isWhole(body, buffers)) {
    snapshot.body = ArrayBuffer.isView(body) ? compactView(body) : body
    if (Buffer.isBuffer(body)) snapshot.buffers = [snapshot.body as Uint8Array]
    else if (buffers.length > 0) snapshot.buffers = buffers
    if (isNullPrototype(body)) snapshot.isBare = true
  } else encode(snapshot.requestProperties ??= createValues(), 'body', body)
}

const connections = new WeakMap<object, Connection>()

/** Read once a connection: each of these asks the operating system. */
function readConnection (socket: FastifyRequest['socket']): Connection {
  let connection = connections.get(socket)
  if (connection === undefined) {
    const { remoteAddress, remotePort, localAddress, localPort } = socket
    connection = [remoteAddress, remotePort, localAddress, localPort, ...readTls(socket)]
    connections.set(socket, connection)
  }
  return connection
}

function readTls (socket: FastifyRequest['socket'] | TLSSocket): [encrypted: false] | [encrypted: true, tls: Tls] {
  if (!('encrypted' in socket) || !socket.encrypted) return [false]
  const { authorized, authorizationError, alpnProtocol } = socket
  // Node's types leave it out.
  const { servername } = socket as TLSSocket & Pick<Tls, 'servername'>
  return [true, { authorized, authorizationError: authorizationError && String(authorizationError), servername, alpnProtocol }]
}

/** Whether it is an object of no properties, as parsers give where there is nothing to parse. */
function isEmpty (parsed: object): boolean {
  // eslint-disable-next-line no-unreachable-loop -- one is enough to know
  for (const _name in parsed) return false
  return true
}

function readHeaders (reply: FastifyReply, snapshot: Snapshot): void {
  const { headers, rawHeaders } = splitHeaders(reply)
  if (!isEmpty(headers)) snapshot.replyHeaders = headers
  if (rawHeaders !== undefined) snapshot.rawHeaders = rawHeaders
  const statusMessage = readStatusMessage(reply)
  if (statusMessage !== undefined) snapshot.statusMessage = statusMessage
}

function readProperties (object: object, names: PropertyFilter, suspects: Set<string>, addSession?: (name: string, session: SessionState) => void): EncodedValues | undefined {
  let properties: EncodedValues | undefined
  for (const name of names.othersOf(object)) {
    const value: unknown = Reflect.get(object, name)
    const session = addSession && readSession(value)
    if (session !== undefined) {
      addSession!(name, session)
      continue
    }
    properties ??= createValues()
    if (suspects.has(name) && !isCloneable(value)) omit(properties, name, value)
    else encode(properties, name, value)
  }
  return properties
}
