import { channel } from 'node:diagnostics_channel'

const initialization = channel('fastify.initialization')

/**
 * Makes an instance from which something about Fastify is to be learnt. Who subscribes to new instances is
 * not told: plugins add themselves to each so, and some can do it only once in a thread.
 */
export function createBare<Instance> (create: () => Instance): Instance {
  Object.defineProperty(initialization, 'publish', { value () {}, configurable: true })
  try {
    return create()
  } finally {
    Reflect.deleteProperty(initialization, 'publish')
  }
}
