import type { RawServerBase, RawServerDefault } from 'fastify'
import type { BlockingRouteOption } from './options.js'
import type { Blocking } from './plugin.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** This plugin's decorator, in the context where it is registered and below. */
    blocking: Blocking
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- every declaration of an interface repeats its type parameters
  interface RouteShorthandOptions<RawServer extends RawServerBase = RawServerDefault> {
    /** Whether the handler runs in a worker thread, and with which limits. */
    blocking?: BlockingRouteOption
  }
}
