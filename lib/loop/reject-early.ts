import { CalledTooEarly } from '../errors.js'

/**
 * Makes the handler of a route whose app is not ready yet, or has failed to boot: Fastify serves requests
 * even after a boot that has failed.
 */
export function rejectEarly (key: string, cause?: unknown): () => never {
  return function refuseRequest () {
    const error = new CalledTooEarly(`route ${key}`)
    error.cause = cause
    throw error
  }
}
