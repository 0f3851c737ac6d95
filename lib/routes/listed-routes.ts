import type { FastifyInstance, RouteOptions } from 'fastify'
import type { HandlerReason, PlannedBody } from '../dependencies/describe-plan.js'
import { makePlan } from '../dependencies/make-plan.js'
import type { Plan } from '../dependencies/plan.js'
import { NoPlanYet, NoSuchRoute } from '../errors.js'
import type { Dispatch } from '../options/settings.js'
import type { PlannedRoute } from './planned-routes.js'
import { isWebsocketRoute, keyOf } from './route-marks.js'
import { isMarkedByPlugin } from './route-watch.js'

interface ListedRoute {
  key: string
  methods: string[]
  url: string
  constraints: NonNullable<RouteOptions['constraints']>
  /** Whether its URL is the prefix of its context. */
  isOfPrefix: boolean
  reason: HandlerReason
  /** Undefined for a route on the loop that has no dependencies. */
  planned: PlannedRoute | undefined
}

/** A route as it is now. It is read anew each time, since its side and its body may change. */
export interface RouteWithPlan extends Pick<ListedRoute, 'methods' | 'url' | 'constraints' | 'reason'> {
  plan: Plan
  body: PlannedBody | undefined
}

/** All routes of one registration, with what plan() and printPlan() tell of them. */
export class ListedRoutes {
  readonly #routes: ListedRoute[] = []
  readonly #dispatch: Dispatch
  #isReady = false

  constructor (dispatch: Dispatch) {
    this.#dispatch = dispatch
  }

  add (fastify: FastifyInstance, route: RouteOptions, planned: PlannedRoute | undefined): void {
    const { method, url, constraints = {} } = route
    this.#routes.push({
      key: keyOf(route),
      methods: [method].flat(),
      url,
      constraints,
      isOfPrefix: url === fastify.prefix,
      reason: this.#reasonOf(fastify, route),
      planned
    })
  }

  /** A value of `dispatch` other than "explicit" is a reason by itself. */
  #reasonOf (fastify: FastifyInstance, route: RouteOptions): HandlerReason {
    if (isWebsocketRoute(route)) return 'websocket'
    if (route.blocking !== undefined) return isMarkedByPlugin(fastify, route) ? 'plugin' : 'marked'
    return this.#dispatch === 'explicit' ? 'unmarked' : this.#dispatch
  }

  /** Called once every route has its plan. */
  ready (): void {
    this.#isReady = true
  }

  /** Throws FST_BLOCKING_NO_SUCH_ROUTE, also for a route on the loop without dependencies. */
  find (method: string, url: string): RouteWithPlan {
    const found = this.#findPlanned(method, url)
    if (found?.planned?.plan === undefined) {
      throw new NoSuchRoute(`${method} ${url} with dependencies or a blocking handler`)
    }
    return readRoute(found)
  }

  /** Returns undefined for a route on the loop without dependencies. */
  findPlan (method: string, url: string): Plan | undefined {
    return this.#findPlanned(method, url)?.planned?.plan
  }

  #findPlanned (method: string, url: string): ListedRoute | undefined {
    return this.#routes.find(({ methods, url: own, planned }) =>
      methods.includes(method) && own === url && planned !== undefined)
  }

  /** Throws FST_BLOCKING_NO_PLAN_YET before the app is ready. */
  all (): RouteWithPlan[] {
    if (!this.#isReady) throw new NoPlanYet()
    return this.#routes.map(readRoute)
  }

  /**
   * Returns all routes as Fastify's `printRoutes` has them. A route "/" of a context with a prefix also has
   * the URL with a slash at its end, for which Fastify calls no `onRoute` hook. Throws as all().
   */
  allUrls (fastify: FastifyInstance): RouteWithPlan[] {
    return this.all().flatMap((route, index) => {
      const { methods, constraints } = route
      const url = `${route.url}/`
      const isBoth = this.#routes[index]!.isOfPrefix && methods.every((method) =>
        fastify.hasRoute({ method, url, constraints }) &&
        !this.#routes.some((other) => other.url === url && other.methods.includes(method)))
      return isBoth ? [route, { ...route, url }] : [route]
    })
  }
}

function readRoute ({ key, methods, url, constraints, reason, planned }: ListedRoute): RouteWithPlan {
  const rules = { dispatch: 'explicit', overrides: new Map(), used: [] } as const
  const plan = planned?.plan ?? makePlan(key, 'loop', [], rules)
  return { methods, url, constraints, reason, plan, body: planned?.body }
}
