import type { FastifyInstance, RouteOptions } from 'fastify'

/*
 * A long text may come from the worker as bytes, unless an `onSend` hook would be given a Buffer where it has
 * always seen a string. Fastify has no API that tells which hooks a route has in the end, but it prints them:
 * each blocking route gets a hook of its own, whose name is printed beside the others', or alone.
 */

const prefix = 'blocking:'

export function markOnSend (route: RouteOptions, key: string): void {
  const mark = {
    [prefix + encodeURIComponent(key)]: (_request: unknown, _reply: unknown, _payload: unknown, done: () => void): void => done()
  }
  route.onSend = [...[route.onSend ?? []].flat(), ...Object.values(mark)]
}

/** Keys of the routes without any `onSend` hook but the mark. What is not understood is left out: slower, never wrong. */
export function findBytesRoutes (fastify: FastifyInstance): string[] {
  const printed = fastify.printRoutes({ includeMeta: ['onSend'], commonPrefix: false })
  return [...printed.matchAll(/\(onSend\) \["blocking:([^"()]+)\(\)"\]$/gm)].map(([, key]) => decodeURIComponent(key!))
}
