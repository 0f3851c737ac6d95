import type { FastifyInstance, RouteOptions } from 'fastify'
import { BodyNeeded, NoSuchRoute } from '../errors.js'
import type { Settings } from '../options.js'
import { keyOf, type MarkedRoute, markRoute } from '../route.js'
import type { Contexts, Level } from './contexts.js'
import type { Dependency } from './declare.js'
import { makePlan, type Plan } from './plan.js'
import { checkSchemas, collectAll, mergeSchemas } from './schema.js'

/** A route, what it and its contexts ask for, and, once all plugins have loaded, its plan. */
export interface PlannedRoute {
  marks: MarkedRoute
  levels: Level[]
  plan: Plan | undefined
}

/** The routes of one registration that have a blocking handler or dependencies. */
export class PlannedRoutes {
  readonly #routes: { planned: PlannedRoute, methods: string[], url: string, validated: ReadonlySet<Dependency> }[] = []
  readonly #settings: Settings
  readonly #contexts: Contexts

  constructor (settings: Settings, contexts: Contexts) {
    this.#settings = settings
    this.#contexts = contexts
  }

  /** Undefined of a route that is not touched. */
  add (fastify: FastifyInstance, route: RouteOptions): PlannedRoute | undefined {
    const levels = this.#contexts.levelsOf(fastify, route, keyOf(route))
    const marks = markRoute(fastify, route, this.#settings, levels.length > 0)
    if (marks === undefined || (!marks.isBlocking && levels.length === 0)) return undefined
    mergeSchemas(route, marks.key, levels, this.#contexts.overrides)
    const planned = { marks, levels, plan: undefined }
    const validated = new Set(collectAll(marks.key, levels, this.#contexts.overrides).keys())
    this.#routes.push({ planned, methods: [route.method].flat(), url: route.url, validated })
    return planned
  }

  /** Not before all overrides are known. */
  makePlans (): Plan[] {
    const rules = { dispatch: this.#settings.dispatch, overrides: this.#contexts.overrides }
    return this.#routes.map(({ planned, validated }) => {
      const { marks: { key, isBlocking, parse }, levels } = planned
      checkSchemas(key, levels, validated, rules.overrides)
      planned.plan = makePlan(key, isBlocking ? 'worker' : 'loop', levels, rules)
      const needy = parse ? planned.plan.nodes.find(({ side, dependency }) => side === 'loop' && dependency.schema?.body !== undefined) : undefined
      if (needy !== undefined) throw new BodyNeeded(key, `the dependency ${needy.path}, by its schema,`)
      return planned.plan
    })
  }

  find (method: string, url: string): Plan {
    const found = this.#routes.find(({ methods, url: own }) => methods.includes(method) && own === url)
    if (found?.planned.plan === undefined) throw new NoSuchRoute(`${method} ${url}`)
    return found.planned.plan
  }
}
