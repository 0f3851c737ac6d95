import type { FastifyInstance } from 'fastify'

const unadvised = new WeakSet<FastifyInstance>()

/** Leaves routes of this package's own out of the advice: nobody could mark them. */
export function leaveOutOfAdvice (instance: FastifyInstance): void {
  unadvised.add(instance)
}

export function isLeftOutOfAdvice (instance: FastifyInstance): boolean {
  return unadvised.has(instance)
}
