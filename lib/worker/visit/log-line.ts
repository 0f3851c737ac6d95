import type { FastifyReply, FastifyRequest } from 'fastify'
import type { LogLine } from '../../wire/log-messages.js'
import { encodeLogValue, type LogValue, type Reference, toCloneableLogValue } from '../../wire/log-value.js'
import { RawRequest } from './raw-request.js'
import { RawResponse } from './raw-response.js'
import type { WorkerVisit } from './visit.js'

/*
 * Encodes a log line: results of the worker's serializers cross, and references to objects that the loop has
 * itself.
 */

export type Serializers = Record<string, (value: never) => unknown>

export function toCloneableLine (line: LogLine): LogLine {
  const args = line.args.map(toCloneableLogValue)
  const { children } = line
  return children === undefined
    ? { ...line, args }
    : {
        ...line,
        args,
        children: children.map(([bindings, options, ...serialized]) =>
          [toCloneableLogValue(bindings), toCloneableLogValue(options), ...serialized])
      }
}

export function encodeLogArgument (part: unknown, serializers: Serializers): LogValue {
  if (typeof part !== 'object' || part === null || part instanceof Error) return encodeLogValue(part, referTo)
  const own: Record<string, unknown> = {}
  for (const name of Object.keys(serializers)) {
    if (Object.hasOwn(part, name)) own[name] = serializers[name]!(Reflect.get(part, name) as never)
  }
  for (const [name, value] of Object.entries(part)) {
    if (isFastifys(value) && rawOf(value)?.visit.isGone !== false) own[name] ??= describeFastifyObject(value)
  }
  return encodeLogValue(Object.keys(own).length > 0 ? { ...part, ...own } : part, referTo)
}

/**
 * Describes a request or reply that the loop does not have, since its visit is over or it was injected in the
 * worker. The properties are those that Fastify's own serializers read.
 */
function describeFastifyObject (value: FastifyRequest | FastifyReply): object {
  if ('statusCode' in value) return { statusCode: value.statusCode }
  const { method, url, host, ip, headers } = value
  return { method, url, host, ip, headers }
}

function isFastifys (value: unknown): value is FastifyRequest | FastifyReply {
  return typeof value === 'object' && value !== null && 'raw' in value && 'log' in value
}

/**
 * Refers to the loop's own request or reply as long as the loop has it: the loop logs it by its own
 * serializers.
 */
function referTo (value: object): Reference | undefined {
  const raw = rawOf(value)
  if (raw === undefined || raw.visit.isGone) return undefined
  const isRaw = value instanceof RawRequest || value instanceof RawResponse
  return `${raw.reply === undefined ? 'request' : 'reply'}${isRaw ? '.raw' : ''}`
}

export function findReferred (parts: unknown[]): Raw | undefined {
  let found: Raw | undefined
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue
    for (const value of Object.values(part)) {
      found = rawOf(value)?.reply === undefined ? found ?? rawOf(value) : rawOf(value)
    }
  }
  return found
}

interface Raw {
  visit: WorkerVisit
  /** Set for a reply. */
  reply: RawResponse | undefined
}

/** Returns the raw request or response below a request or a reply, or the value itself if it is a raw one. */
function rawOf (value: unknown): Raw | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const raw: unknown = value instanceof RawRequest || value instanceof RawResponse
    ? value
    : 'raw' in value ? value.raw : undefined
  if (raw instanceof RawRequest) return { visit: raw.visit, reply: undefined }
  return raw instanceof RawResponse ? { visit: raw.req.visit, reply: raw } : undefined
}
