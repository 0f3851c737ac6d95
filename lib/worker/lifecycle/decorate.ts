import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LoopOnly } from '../../errors.js'
import { readInherited } from '../../request/inherited-property.js'
import { commonNow } from '../../wire/clock.js'
import { toStream } from '../stream/iterator-payload.js'
import { visitOf } from '../visit/raw-request.js'
import { decorateSerializers } from '../visit/serializer.js'

/**
 * Replaces members of the request and the reply in a visit. A decorator applies to every instance, so a
 * request that is not a visit gets the inherited member.
 */
export function decorateVisits (fastify: FastifyInstance): void {
  fastify.decorateRequest('signal', {
    getter (this: FastifyRequest) {
      const visit = visitOf(this)
      return visit === undefined ? readInherited(this, 'signal') as AbortSignal : visit.signal
    }
  })
  fastify.decorateReply('elapsedTime', {
    getter (this: FastifyReply) {
      const visit = visitOf(this.request)
      if (visit === undefined) return readInherited(this, 'elapsedTime') as number
      const { since } = visit.open
      return since === undefined ? 0 : commonNow() - since
    }
  })
  fastify.decorateReply('callNotFound', function callNotFoundOnLoop (this: FastifyReply) {
    const visit = visitOf(this.request)
    if (visit === undefined) return (readInherited(this, 'callNotFound') as () => FastifyReply).call(this)
    visit.lifecycle.isNotFound = true
    return this.send()
  })
  fastify.decorateReply('send', function sendOrIterate (this: FastifyReply, payload?: unknown) {
    const send = readInherited(this, 'send') as FastifyReply['send']
    const visit = visitOf(this.request)
    return send.call(this, visit === undefined || visit.lifecycle.isMeasured ? payload : toStream(payload))
  })
  for (const name of ['hijack', 'trailer'] as const) {
    fastify.decorateReply(name, function refuseInVisit (this: FastifyReply, ...parameters: unknown[]) {
      if (visitOf(this.request) !== undefined) throw new LoopOnly(`reply.${name}()`)
      return (readInherited(this, name) as (...parameters: unknown[]) => unknown).apply(this, parameters)
    } as never)
  }
  decorateSerializers(fastify)
}
