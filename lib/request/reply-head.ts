import type { FastifyReply } from 'fastify'
import { validateHeaderValue } from '../node-http.js'
import { deserializeError, serializeError } from '../wire/error.js'
import type { Headers, RawHeaders, ReplyState } from '../wire/request-state.js'
import { readSerializer } from './reply-serializer.js'

type Raw = Pick<FastifyReply['raw'], 'getHeader' | 'getHeaderNames' | 'sendDate'> & {
  getRawHeaderNames?: () => string[]
  /** Headers of Node's own that were removed; on a worker's raw response alone. */
  removed?: readonly string[]
  withoutHeaders?: <Result>(read: () => Result) => Result
}

/** Reads status and headers for the other side. A header value that is not text is converted here. */
export function readReply (reply: FastifyReply): ReplyState {
  const { raw, statusCode } = reply
  const { headers, rawHeaders } = splitHeaders(reply)
  return toReplyState(statusCode, headers, rawHeaders, raw, readStatusMessage(reply), readSerializer(reply))
}

/** The same before the handler; undefined if nobody has changed the reply. */
export function readChangedReply (reply: FastifyReply): ReplyState | undefined {
  const { raw, statusCode } = reply
  const { headers, rawHeaders } = splitHeaders(reply)
  const statusMessage = readStatusMessage(reply)
  const serializer = readSerializer(reply)
  const isChanged = statusCode !== 200 || rawHeaders !== undefined || statusMessage !== undefined ||
    serializer !== undefined || !raw.sendDate || Object.keys(headers).length > 0
  if (!isChanged) return undefined
  return toReplyState(statusCode, headers, rawHeaders, raw, statusMessage, serializer)
}

/** The same for a response whose head has been written: `written` are the headers of writeHead(). */
export function readWritten (reply: FastifyReply, written: Headers): ReplyState {
  const { raw, statusCode } = reply
  return toReplyState(statusCode, { ...written }, readRawHeaders(raw), raw, readStatusMessage(reply))
}

/** Undefined if none has been set, and for HTTP/2, which has none and warns when it is read. */
export function readStatusMessage ({ raw, request }: FastifyReply): string | undefined {
  return request.raw.httpVersionMajor === 1 ? raw.statusMessage : undefined
}

/**
 * Separates the headers set on the reply from those set on the raw response, which Fastify merges. On the
 * loop a header with the same value on both counts as one of the raw response.
 */
export function splitHeaders (reply: FastifyReply): { headers: Headers, rawHeaders: RawHeaders | undefined } {
  const raw: Raw = reply.raw
  const rawHeaders = readRawHeaders(raw)
  if (rawHeaders !== undefined && raw.withoutHeaders !== undefined) {
    return { headers: raw.withoutHeaders(() => reply.getHeaders()), rawHeaders }
  }
  const headers: Headers = reply.getHeaders()
  for (const [name, value] of rawHeaders ?? []) {
    const key = name.toLowerCase()
    if (headers[key] === value) delete headers[key]
  }
  return { headers, rawHeaders }
}

/** Returns the headers that were set on the raw response; undefined if there are none. */
function readRawHeaders (raw: Raw): RawHeaders | undefined {
  // Names in their original case. Node has getRawHeaderNames() on every outgoing HTTP/1 message, but
  // documents it for client requests alone.
  const names = raw.getRawHeaderNames?.() ?? raw.getHeaderNames()
  return names.length === 0 ? undefined : names.map((name) => [name, raw.getHeader(name)])
}

function toReplyState (
  statusCode: number,
  headers: Headers,
  rawHeaders: RawHeaders | undefined,
  { sendDate, removed }: Raw,
  statusMessage: string | undefined,
  serializer?: number
): ReplyState {
  const state: ReplyState = { statusCode, headers }
  if (serializer !== undefined) state.serializer = serializer
  if (statusMessage !== undefined) state.statusMessage = statusMessage
  if (!sendDate) state.sendDate = false
  if (removed !== undefined) state.removed = removed
  // The header keeps its place among the others with its error: of several invalid headers the first one
  // throws.
  const refuse = (name: string, error: unknown): void => {
    headers[name] = '';
    (state.invalidHeaders ??= {})[name] = serializeError(error)
  }
  for (const name in headers) {
    const value: unknown = headers[name]
    if (isPlain(value)) continue
    try {
      headers[name] = toText(name, value)
    } catch (error) {
      refuse(name, error)
    }
  }
  if (rawHeaders !== undefined) state.rawHeaders = rawHeaders.filter((header) => isSettable(header, refuse))
  return state
}

/**
 * Converts the value of a raw header to text; false if it cannot be. Node has validated a text of it in
 * setHeader().
 */
function isSettable (header: RawHeaders[number], refuse: (name: string, error: unknown) => void): boolean {
  const [name, value] = header
  if (isPlain(value)) return true
  try {
    const text = toText(name, value)
    // toString() may give another text than the one that Node has validated.
    validateHeaderValue(name, text as string)
    header[1] = text
    return true
  } catch (error) {
    refuse(name.toLowerCase(), error)
    return false
  }
}

function isPlain (value: unknown): value is string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' || value === undefined
}

/**
 * Converts as Node does when it writes the head. An undefined entry of a list is left: Node refuses or writes
 * it then.
 */
function toText (name: string, value: unknown): string | string[] {
  if (!Array.isArray(value)) return `${value as string}`
  const texts: string[] = []
  // for…of takes holes of the array as undefined entries, as Node does; map() skips them.
  for (const one of value as unknown[]) {
    try {
      texts.push(one === undefined ? one as never : `${one as string}`)
    } catch (error) {
      // Node would refuse an invalid entry before this one first.
      for (const text of texts) validateHeaderValue(name, text)
      throw error
    }
  }
  return texts
}

/**
 * Gives the reply the head of the other side. All headers of the reply are removed first: those that the
 * other side has removed must go, and reply.header() appends to `set-cookie` instead of replacing it.
 */
export function restoreReply (
  reply: FastifyReply,
  { statusCode, statusMessage, headers, rawHeaders = [], removed = [], sendDate, invalidHeaders }: ReplyState
): void {
  const { raw } = reply
  for (const name in reply.getHeaders()) reply.removeHeader(name)
  for (const name of removed) raw.removeHeader(name)
  for (const [name, value] of rawHeaders) raw.setHeader(name, value as string)
  for (const name in headers) {
    reply.header(
      name,
      invalidHeaders !== undefined && Object.hasOwn(invalidHeaders, name)
        ? throwing(deserializeError(invalidHeaders[name]!))
        : headers[name]
    )
  }
  if (sendDate === false) raw.sendDate = false
  if (statusMessage !== undefined) raw.statusMessage = statusMessage
  // reply.code() accepts 100 to 599 only, and makes Fastify use the code for error responses too. Set other
  // codes on the raw response.
  if (statusCode >= 200 && statusCode < 600 && statusCode !== reply.statusCode) reply.code(statusCode)
  else raw.statusCode = statusCode
}

function throwing (error: Error): object {
  return { toString () { throw error } }
}
