import type { FastifyInstance, FastifyReply } from 'fastify'

/*
 * `reply.serializer(function)` called by a hook or a dependency on the loop. The function cannot cross: the
 * worker is told that one is set, and hands over the payload unserialized. Fastify keeps the function under a
 * private symbol, so an override of the method notes it when it is set.
 */

const key = Symbol.for('fastify-blocking.serializer')

export type Serialize = (payload: unknown) => string | Uint8Array

interface Noted {
  serialize: Serialize | null
  /** How often a serializer has been set. */
  count: number
}

type NotingReply = FastifyReply & { [key]?: Noted }

/** All overrides of reply.serializer() by this package: a reply has one of each registration around it. */
const overrides = new WeakSet<object>()

export function overrideSerializer (fastify: FastifyInstance, override: FastifyReply['serializer']): void {
  overrides.add(override)
  fastify.decorateReply('serializer', override)
}

export function watchSerializers (fastify: FastifyInstance): void {
  overrideSerializer(fastify, function noteSerializer (this: NotingReply, serialize: Serialize | null) {
    setSerializer(this, serialize)
    this[key] = { serialize, count: (this[key]?.count ?? 0) + 1 }
    return this
  } as FastifyReply['serializer'])
}

type SetSerializer = (this: FastifyReply, serialize: Serialize | null) => void

/** Setters by prototype of the reply, cached since each answer sets a serializer and takes it back. */
const setters = new WeakMap<object, SetSerializer>()

/** Sets the serializer by the method that the overrides override, so that it is not noted. */
export function setSerializer (reply: FastifyReply, serialize: Serialize | null): void {
  const prototype = Object.getPrototypeOf(reply) as object
  let set = setters.get(prototype)
  if (set === undefined) setters.set(prototype, set = findSetter(prototype))
  set.call(reply, serialize)
}

/**
 * Returns the method above the outermost override: one in between would call the next override, which calls
 * setSerializer() again, without end.
 */
function findSetter (prototype: object): SetSerializer {
  let above = prototype
  for (let owner = prototype; 'serializer' in owner; owner = Object.getPrototypeOf(owner) as object) {
    const own = Object.getOwnPropertyDescriptor(owner, 'serializer')?.value as object | undefined
    if (own !== undefined && overrides.has(own)) above = Object.getPrototypeOf(owner) as object
  }
  return Reflect.get(above, 'serializer') as SetSerializer
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
