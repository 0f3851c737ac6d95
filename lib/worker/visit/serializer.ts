import type { FastifyInstance, FastifyReply } from 'fastify'
import { LoopOnly } from '../../errors.js'
import { readInherited } from '../../request/inherited-property.js'
import { overrideSerializer, type Serialize, setSerializer } from '../../request/reply-serializer.js'
import { visitOf } from './raw-request.js'

/*
 * reply.serializer() and reply.serialize() of a visit. A hook on the loop may have set a serializer, and this
 * function exists on the loop alone.
 */

/** A payload that the loop is to pass to its serializer. */
export class UnserializedPayload {
  constructor (readonly payload: unknown) {}
}

export function decorateSerializers (fastify: FastifyInstance): void {
  overrideSerializer(fastify, function serializeHere (this: FastifyReply, serialize: Serialize | null) {
    const visit = visitOf(this.request)
    if (visit !== undefined) {
      const { lifecycle } = visit
      if (!lifecycle.hasHandler && visit.planRun?.isOver === false) {
        throw new LoopOnly('reply.serializer() in a blocking dependency of a handler on the loop')
      }
      lifecycle.isLoopSerializer = false
      if (lifecycle.sync === undefined) lifecycle.serializerCount++
    }
    setSerializer(this, serialize)
    return this
  } as FastifyReply['serializer'])
  fastify.decorateReply('serialize', function serializeHere (this: FastifyReply, payload: unknown) {
    if (visitOf(this.request)?.lifecycle.isLoopSerializer === true) {
      throw new LoopOnly('reply.serialize() with a serializer that a hook on the loop has set')
    }
    return inheritedSerialize(this).call(this, payload)
  } as FastifyReply['serialize'])
}

/** Fastify's serialize() by prototype of the reply: kept, since every answer needs it. */
const serializers = new WeakMap<object, (payload: unknown) => string>()

function inheritedSerialize (reply: FastifyReply): (payload: unknown) => string {
  const prototype = Object.getPrototypeOf(reply) as object
  let serialize = serializers.get(prototype)
  if (serialize === undefined) {
    serializers.set(prototype, serialize = readInherited(reply, 'serialize') as NonNullable<typeof serialize>)
  }
  return serialize
}

/**
 * `count` is that of readSerializer(). If it equals the count of this side, the same hooks have run here, and
 * have set serializers of their own.
 */
export function restoreSerializer (reply: FastifyReply, count = 0): void {
  const { lifecycle } = visitOf(reply.request)!
  if (count === lifecycle.serializerCount) return
  lifecycle.serializerCount = count
  lifecycle.isLoopSerializer = count > 0
  setSerializer(reply, lifecycle.isLoopSerializer ? wrapUnserialized as unknown as Serialize : null)
}

function wrapUnserialized (payload: unknown): UnserializedPayload {
  return new UnserializedPayload(payload)
}
