import type { FastifyInstance, RouteOptions } from 'fastify'
import { findDifference } from '../../routes/outer-context.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import type { PrintedHooks } from '../../routes/printed-hooks.js'
import type { RouteHandler } from '../../routes/route-handler.js'
import { hasHandlers, isWatchedLate } from '../../routes/route-watch.js'
import type { BootReport } from '../../wire/worker-data.js'
import { BodyHook } from './body-hook.js'
import { hasLogSerializers } from './log-serializers.js'
import { decideBody } from './place-body.js'
import { learnValidation } from './watched-body.js'

/** Facts for the decision where the bodies of a route are parsed, from `onRoute` until the app is ready. */
export class RouteBody {
  readonly #instance: FastifyInstance
  readonly #route: RouteOptions
  readonly #planned: PlannedRoute
  readonly #hasErrorHandler: boolean
  /** Undefined for a route whose parsing is deferred. */
  readonly #hook: BodyHook | undefined
  #installed: { handler: RouteOptions['handler'], errorHandler: RouteOptions['errorHandler'] | undefined }

  /** Called before this package replaces functions of the route. `bodyLimit`: the server's, in bytes. */
  constructor (instance: FastifyInstance, route: RouteOptions, planned: PlannedRoute, bodyLimit: number) {
    this.#instance = instance
    this.#route = route
    this.#planned = planned
    this.#hasErrorHandler = route.errorHandler !== undefined
    this.#hook = planned.marks.isDeferred ? undefined : new BodyHook(route, planned, bodyLimit)
    this.#installed = { handler: route.handler, errorHandler: route.errorHandler }
  }

  /** Remembers the functions of the route, which another plugin may wrap from now on. */
  noteInstalled (): void {
    const { handler, errorHandler } = this.#route
    this.#installed = { handler, errorHandler }
  }

  /** Decides. `parsing`: see SurroundedRoutes.readParsing(). `handle` replaces the app's own handler. */
  async decide (
    fastify: FastifyInstance,
    hooks: PrintedHooks | undefined,
    parsing: string[],
    reports: readonly BootReport[],
    handle: RouteHandler
  ): Promise<void> {
    const { handler, errorHandler } = this.#installed
    const decision = decideBody({
      planned: this.#planned,
      hooks,
      parsing,
      difference: this.#findDifference(parsing, reports),
      isWrapped: this.#route.handler !== handler,
      attachesValidation: this.#route.attachValidation === true,
      isShownLater: this.#hasErrorHandler || this.#route.errorHandler !== errorHandler ||
        hasHandlers(this.#instance) || hasLogSerializers(fastify, this.#route)
    })
    this.#planned.body = decision.place
    if (decision.mayCrossAsBytes) await learnValidation()
    this.#hook?.start(fastify, decision, parsing, handle)
  }

  /** Returns why workers may parse or validate requests of the route otherwise than the loop. */
  #findDifference (parsing: string[], reports: readonly BootReport[]): string | undefined {
    if (isWatchedLate(this.#instance)) return 'the server was made before fastify-blocking was loaded'
    if (reports.length === 0) return 'no worker has booted yet'
    for (const { surroundings } of reports) {
      if (surroundings.context !== undefined) return 'workers build the plugin without the app around it'
      const difference = findDifference(parsing, surroundings.parsing[this.#planned.marks.key] ?? [])
      if (difference !== undefined) return difference
    }
    return undefined
  }
}
