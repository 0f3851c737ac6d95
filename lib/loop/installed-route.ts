import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Plan } from '../dependencies/plan.js'
import { digestSchema } from '../routes/digest-schema.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import type { PrintedHooks } from '../routes/printed-hooks.js'
import type { RouteHandler } from '../routes/route-handler.js'
import type { BootReport } from '../wire/worker-data.js'
import { deferParsing } from './body/deferred-parsing.js'
import { mayHaveBody } from './body/parse-body.js'
import { RouteBody } from './body/route-body.js'
import { checkCookies, CookieValidation } from './cookie-validation.js'
import type { CreatedHandlers } from './created-handlers.js'
import { addEarlyHooks } from './plan/early-hooks.js'
import { addSerializationHook, addTeardownHooks } from './plan/handler.js'
import { rejectEarly } from './reject-early.js'
import { tagOnSend } from './response/onsend-hooks.js'
import { passUpgrades } from './socket-routes.js'

/**
 * A route whose handler has been replaced, and which has got hooks of this package. Until start() each
 * request gets an error.
 */
export class InstalledRoute implements CreatedHandlers {
  readonly planned: PlannedRoute
  /** See digestSchema(). */
  readonly schema: string
  /** The app's own handler. */
  readonly handler: RouteHandler
  handle: RouteHandler
  begin: CreatedHandlers['begin']
  /** Set if the handler is blocking and may get a body. */
  readonly #body: RouteBody | undefined
  /** Set if dependencies have a schema of the cookies. */
  readonly #cookies: CookieValidation | undefined
  /** Set if the route has no schema of the body while Fastify compiles its schemas. */
  readonly #restoreSchema: (() => void) | undefined

  /** Called from `onRoute`. `bodyLimit`: that of the server, in bytes. */
  constructor (instance: FastifyInstance, route: RouteOptions, planned: PlannedRoute, bodyLimit: number) {
    const { marks } = planned
    const mayRunInWorker = marks.isBlocking || marks.isMeasured
    this.planned = planned
    this.handle = this.begin = rejectEarly(marks.key)
    // The route is read before it is changed.
    this.schema = digestSchema(route.schema)
    this.#body = marks.isBlocking && mayHaveBody(route)
      ? new RouteBody(instance, route, planned, bodyLimit)
      : undefined
    this.#cookies = planned.validatesCookies ? new CookieValidation(instance, route) : undefined
    if (planned.levels.length > 0) addTeardownHooks(route)
    if (planned.endsBeforeSerialization) addSerializationHook(route)
    if (mayRunInWorker) tagOnSend(route, planned.tag)
    this.#restoreSchema = mayRunInWorker && marks.isDeferred
      ? deferParsing(route, marks, bodyLimit)
      : undefined
    addEarlyHooks(route, planned.earlyHooks, (request, reply) => this.begin(request, reply))
    this.handler = replaceHandler(route, this)
    this.#body?.noteInstalled()
  }

  /** The plan by which workers know the route. */
  get workerPlan (): Plan {
    const { plan, plans } = this.planned
    return plans?.worker ?? plan!
  }

  /** All plans by which requests of the route may go to a worker, those with declared overrides included. */
  get visitPlans (): Plan[] {
    const overridden = this.planned.overridden?.atBoot.map(({ plan }) => plan) ?? []
    return [this.workerPlan, ...overridden].filter(({ isVisit }) => isVisit)
  }

  /** Called once Fastify has compiled the route's schema. */
  restoreSchema (): void {
    this.#restoreSchema?.()
  }

  /** Called once the app is complete. Throws as CookieValidation.start() does. */
  start ({ handle, begin }: CreatedHandlers): void {
    this.#cookies?.start()
    this.handle = this.#cookies === undefined ? handle : checkCookies(this.#cookies, handle)
    this.begin = begin
  }

  /** Decides where bodies are parsed, after start(). See RouteBody.decide(). */
  async decideBody (
    fastify: FastifyInstance,
    hooks: PrintedHooks | undefined,
    parsing: string[],
    reports: readonly BootReport[]
  ): Promise<void> {
    await this.#body?.decide(fastify, hooks, parsing, reports, this.handle)
  }

  /** Called if the boot has failed: each request gets an error with this cause. */
  fail (error: unknown): void {
    this.handle = this.begin = rejectEarly(this.planned.marks.key, error)
  }
}

/** Returns the app's own handler. */
function replaceHandler (route: RouteOptions, installed: InstalledRoute): RouteHandler {
  const { handler } = route
  // Fastify makes a HEAD route from a GET route, whose handler may have been replaced already.
  const original = originalHandlers.get(handler) ?? handler
  route.handler = function handleAsPlanned (
    this: FastifyInstance, request: FastifyRequest, reply: FastifyReply
  ): unknown {
    return installed.handle.call(this, request, reply)
  }
  if (installed.planned.marks.mayUpgrade) route.handler = passUpgrades(handler, route.handler)
  originalHandlers.set(route.handler, original)
  return original
}

const originalHandlers = new WeakMap<object, RouteHandler>()
