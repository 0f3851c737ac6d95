import { validateHeaderValue } from 'node:http'
import type { FastifyReply } from 'fastify'
import { readSerializer } from './reply-serializer.js'
import { deserializeError, serializeError } from '../wire/error.js'
import type { Headers, RawHeaders, ReplyState } from '../wire/messages.js'

type Raw = Pick<FastifyReply['raw'], 'getHeader' | 'getHeaderNames' | 'sendDate'> & {
  getRawHeaderNames?: () => string[]
  /** Of a worker's. */
  removed?: readonly string[]
  withoutHeaders?: <Result>(read: () => Result) => Result
}

/** Status and headers, as the other side will see them: what is not a text there becomes one here. */
export function readReply (reply: FastifyReply): ReplyState {
  const { raw, statusCode } = reply
  const { headers, rawHeaders } = splitHeaders(reply)
  const state = toReplyState(statusCode, headers, rawHeaders, raw, readStatusMessage(reply))
  const serializer = readSerializer(reply)
  if (serializer !== undefined) state.serializer = serializer
  return state
}

/** Of a response whose head has been written, with headers of its own beside those that were set. */
export function readWritten (reply: FastifyReply, written: Headers): ReplyState {
  const { raw, statusCode } = reply
  return toReplyState(statusCode, { ...written }, readRawHeaders(raw), raw, readStatusMessage(reply))
}

/** Undefined if none has been set. HTTP/2 has none, and warns of who looks for it. */
export function readStatusMessage ({ raw, request }: FastifyReply): string | undefined {
  return request.raw.httpVersionMajor === 1 ? raw.statusMessage : undefined
}

/** The reply's own headers, and those of the raw response, which Fastify gives as one. On the loop what is the same on both goes with the latter. */
export function splitHeaders (reply: FastifyReply): { headers: Headers, rawHeaders: RawHeaders | undefined } {
  const raw: Raw = reply.raw
  const rawHeaders = readRawHeaders(raw)
  if (rawHeaders !== undefined && raw.withoutHeaders !== undefined) return { headers: raw.withoutHeaders(() => reply.getHeaders()), rawHeaders }
  const headers: Headers = reply.getHeaders()
  for (const [name, value] of rawHeaders ?? []) {
    const key = name.toLowerCase()
    if (headers[key] === value) delete headers[key]
  }
  return { headers, rawHeaders }
}

/** Undefined if there are none. */
function readRawHeaders (raw: Raw): RawHeaders | undefined {
  // As they were written. Node has it for every message of HTTP/1, but tells so of requests alone.
  const names = raw.getRawHeaderNames?.() ?? raw.getHeaderNames()
  return names.length === 0 ? undefined : names.map((name) => [name, raw.getHeader(name)])
}

function toReplyState (statusCode: number, headers: Headers, rawHeaders: RawHeaders | undefined, { sendDate, removed }: Raw, statusMessage: string | undefined): ReplyState {
  const state: ReplyState = { statusCode, headers }
  if (statusMessage !== undefined) state.statusMessage = statusMessage
  if (!sendDate) state.sendDate = false
  if (removed !== undefined) state.removed = removed
  // Of several that are wrong the first one is the error.
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

/** Makes a text of the value of a raw header, of which Node has seen one when it was set. */
function isSettable (header: RawHeaders[number], refuse: (name: string, error: unknown) => void): boolean {
  const [name, value] = header
  if (isPlain(value)) return true
  try {
    const text = toText(name, value)
    // The next time it may be another one.
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

/** As Node does, once the headers leave. An undefined one in a list is refused then, or written, as they leave. */
function toText (name: string, value: unknown): string | string[] {
  if (!Array.isArray(value)) return `${value as string}`
  const texts: string[] = []
  // With holes, as a list.
  for (const one of value as unknown[]) {
    try {
      texts.push(one === undefined ? one as never : `${one as string}`)
    } catch (error) {
      // One before it may be refused, and that comes first.
      for (const text of texts) validateHeaderValue(name, text)
      throw error
    }
  }
  return texts
}

/** What the other side has removed must go, and what it has changed must not be added to. */
export function restoreReply (reply: FastifyReply, { statusCode, statusMessage, headers, rawHeaders = [], removed = [], sendDate, invalidHeaders }: ReplyState): void {
  const { raw } = reply
  for (const name in reply.getHeaders()) reply.removeHeader(name)
  for (const name of removed) raw.removeHeader(name)
  for (const [name, value] of rawHeaders) raw.setHeader(name, value as string)
  for (const name in headers) reply.header(name, invalidHeaders !== undefined && Object.hasOwn(invalidHeaders, name) ? throwing(deserializeError(invalidHeaders[name]!)) : headers[name])
  if (sendDate === false) raw.sendDate = false
  if (statusMessage !== undefined) raw.statusMessage = statusMessage
  // Fastify takes fewer, but with those that it has been told it answers errors too.
  if (statusCode >= 200 && statusCode < 600 && statusCode !== reply.statusCode) reply.code(statusCode)
  else raw.statusCode = statusCode
}

function throwing (error: Error): object {
  return { toString () { throw error } }
}
