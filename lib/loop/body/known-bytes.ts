import type { FastifyRequest } from 'fastify'
import type { CollectedBody } from './collected-body.js'

/** A body whose bytes the loop has, so that these can cross. `request.body` is an accessor then. */
export interface KnownBytes {
  /** Undefined if the body may be another value by now. */
  readonly bytes: CollectedBody | undefined
  /** Whether the loop has parsed and validated the body. */
  readonly isParsed: boolean
}

const key = Symbol('fastify-blocking.bytes')

/** A request with known bytes, as the accessor of its body sees it. */
export type KnownRequest<Known extends KnownBytes> = FastifyRequest & { [key]: Known }

export function findKnownBytes (request: FastifyRequest & { [key]?: KnownBytes }): KnownBytes | undefined {
  return request[key]
}

export function bytesOf<Known extends KnownBytes> (request: KnownRequest<Known>): Known {
  return request[key]
}

/** Replaces the property `body`. All requests share the accessor: V8 makes a hidden class for each one. */
export function defineBody<Known extends KnownBytes> (
  request: FastifyRequest, known: Known, accessor: PropertyDescriptor & ThisType<KnownRequest<Known>>
): void {
  Reflect.set(request, key, known)
  Object.defineProperty(request, 'body', accessor)
}
