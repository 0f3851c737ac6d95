import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { RegisteredElsewhere, RegisteredTooLate } from '../errors.js'
import { keyOf } from '../route.js'

interface EarlyRoute {
  instance: FastifyInstance
  key: string
}

/** Routes marked blocking or with dependencies, by server, that no registration has seen: they would stay on the loop, and without their guards, unnoticed. */
const early = new WeakMap<object, EarlyRoute[]>()

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const routes: EarlyRoute[] = []
  early.set(fastify.server, routes)
  fastify.addHook('onRoute', function noteBlockingRoute (route) {
    const isAsked = (route.blocking !== undefined && route.blocking !== false) || route.dependencies !== undefined
    if (isAsked && !('blocking' in this)) routes.push({ instance: this, key: keyOf(route) })
  })
})

export function refuseEarlyRoutes (fastify: FastifyInstance): void {
  const route = early.get(fastify.server)?.find(({ instance }) => instance === fastify || Object.prototype.isPrototypeOf.call(fastify, instance))
  if (route !== undefined) throw new RegisteredTooLate(route.key)
}

/** Once all plugins have loaded: those of contexts beside the plugin's. */
export function refuseRoutesElsewhere ({ server }: FastifyInstance): void {
  const route = early.get(server)?.[0]
  if (route !== undefined) throw new RegisteredElsewhere(route.key)
}
