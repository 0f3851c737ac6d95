import type { FastifyInstance, FastifyReply } from 'fastify'
import { readInherited } from './inherited-property.js'

/*
 * `reply.serializer(function)` of a hook or a dependency on the loop. The function cannot cross: the worker is told that there is one, and hands
 * over what it would be given. Fastify keeps it where only its own code sees it, so it is noted as it is set.
 */

const key = Symbol('fastify-blocking.serializer')

export type Serialize = (payload: unknown) => string | Uint8Array

interface SetSerializer {
  serialize: Serialize | null
  /** How often one has been set. */
  count: number
}

type NotingReply = FastifyReply & { [key]?: SetSerializer }

export function watchSerializers (fastify: FastifyInstance): void {
  fastify.decorateReply('serializer', function noteSerializer (this: NotingReply, serialize: Serialize | null) {
    const before = this[key]
    setSerializer(this, serialize)
    // Of a registration around this one the decorator has noted it.
    if (this[key] === before) this[key] = { serialize, count: (before?.count ?? 0) + 1 }
    return this
  } as FastifyReply['serializer'])
}

/** By prototype of a reply: each answer sets one, and takes it back. */
const setters = new WeakMap<object, (this: FastifyReply, serialize: Serialize | null) => void>()

/** Past the decorator. */
export function setSerializer (reply: FastifyReply, serialize: Serialize | null): void {
  const prototype = Object.getPrototypeOf(reply) as object
  let set = setters.get(prototype)
  if (set === undefined) setters.set(prototype, set = readInherited(reply, 'serializer') as NonNullable<typeof set>)
  set.call(reply, serialize)
}

export function findSerializer (reply: NotingReply): Serialize | null {
  return reply[key]?.serialize ?? null
}

/** What the worker is told: how often one has been set, as hooks that run there too have set theirs; below 0, if it was taken back. Undefined if none has been. */
export function readSerializer (reply: NotingReply): number | undefined {
  const noted = reply[key]
  return noted && (noted.serialize === null ? -noted.count : noted.count)
}
