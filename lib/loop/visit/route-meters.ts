import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import { keyOf } from '../../routes/route-marks.js'
import { findWrittenHandler } from '../../routes/route-watch.js'
import { Meter } from './meter.js'

/** The meters of the routes of one registration, by key. */
export class RouteMeters {
  readonly #own = new Map<string, { meter: Meter, handler: RouteHandlerMethod }>()
  /** Meters of HEAD routes by their own keys. */
  readonly #twins = new Map<string, Meter>()

  /** Makes the meter of a route, before its handler is replaced. */
  add (instance: FastifyInstance, route: RouteOptions): void {
    const handler = findWrittenHandler(instance, route) ?? route.handler
    const key = keyOf(route)
    // Fastify makes a HEAD route from a GET route, with the same handler, and tells nobody that it has.
    const twin = route.method === 'HEAD' ? this.#own.get(keyOf({ ...route, method: 'GET' })) : undefined
    if (twin?.handler === handler) this.#twins.set(key, twin.meter)
    else this.#own.set(key, { meter: new Meter(), handler })
  }

  get (key: string): Meter {
    return this.#twins.get(key) ?? this.#own.get(key)!.meter
  }

  /** Each meter once. */
  get entries (): [key: string, meter: Meter][] {
    return [...this.#own].map(([key, { meter }]) => [key, meter])
  }
}
