import type { FastifyInstance, FastifyReply } from 'fastify'
import { readInherited } from './inherited-property.js'

/*
 * `reply.serializer(function)` called by a hook or a dependency on the loop. The function cannot cross: the
 * worker is told that one is set, and hands over the payload unserialized. Fastify keeps the function under a
 * private symbol, so a decorator notes it when it is set.
 */

const key = Symbol('fastify-blocking.serializer')

export type Serialize = (payload: unknown) => string | Uint8Array

interface SetSerializer {
  serialize: Serialize | null
  /** How often a serializer has been set. */
  count: number
}

type NotingReply = FastifyReply & { [key]?: SetSerializer }

export function watchSerializers (fastify: FastifyInstance): void {
  fastify.decorateReply('serializer', function noteSerializer (
    this: NotingReply, serialize: Serialize | null
  ) {
    const before = this[key]
    setSerializer(this, serialize)
    // setSerializer() has called the decorator of an outer registration, if there is one, which has noted it
    // already.
    if (this[key] === before) this[key] = { serialize, count: (before?.count ?? 0) + 1 }
    return this
  } as FastifyReply['serializer'])
}

/** Setters by prototype of the reply, cached since each answer sets a serializer and takes it back. */
const setters = new WeakMap<object, (this: FastifyReply, serialize: Serialize | null) => void>()

/** Sets the serializer by the method that the decorator overrides, so that it is not noted. */
export function setSerializer (reply: FastifyReply, serialize: Serialize | null): void {
  const prototype = Object.getPrototypeOf(reply) as object
  let set = setters.get(prototype)
  if (set === undefined) {
    setters.set(prototype, set = readInherited(reply, 'serializer') as NonNullable<typeof set>)
  }
  set.call(reply, serialize)
}

export function findSerializer (reply: NotingReply): Serialize | null {
  return reply[key]?.serialize ?? null
}

/**
 * Returns how often a serializer has been set, for the worker: if its own count is the same, hooks that run
 * on both sides have set it there too. Negative if the last call has taken the serializer back; undefined if
 * none has been set.
 */
export function readSerializer (reply: NotingReply): number | undefined {
  const noted = reply[key]
  return noted && (noted.serialize === null ? -noted.count : noted.count)
}
