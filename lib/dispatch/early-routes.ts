import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { RegisteredTooLate } from '../errors.js'
import { keyOf } from '../route.js'

interface EarlyRoute {
  instance: FastifyInstance
  key: string
}

/** Routes marked blocking, by server, before the plugin was there to see them: they would stay on the loop unnoticed. */
const early = new WeakMap<object, EarlyRoute[]>()

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const routes: EarlyRoute[] = []
  early.set(fastify.server, routes)
  fastify.addHook('onRoute', function noteBlockingRoute (route) {
    if (route.blocking !== undefined && route.blocking !== false && !('blocking' in this)) routes.push({ instance: this, key: keyOf(route) })
  })
})

export function refuseEarlyRoutes (fastify: FastifyInstance): void {
  const route = early.get(fastify.server)?.find(({ instance }) => instance === fastify || Object.prototype.isPrototypeOf.call(fastify, instance))
  if (route !== undefined) throw new RegisteredTooLate(route.key)
}
