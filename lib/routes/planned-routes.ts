import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { BodyNeeded, MarkedTooLate, NoSuchRoute } from '../errors.js'
import type { Settings } from '../options/settings.js'
import { keyOf, type MarkedRoute, markRoute } from './route-marks.js'
import { findWrittenHandler } from './route-watch.js'
import type { ContextDependencyRegistry, Level } from '../dependencies/context-dependencies.js'
import type { Dependency } from '../dependencies/dependency.js'
import { makePlan, type Plan } from '../dependencies/plan.js'
import { checkSchemas, collectAll, mergeSchemas } from '../dependencies/merge-schemas.js'

/** A route, what it and its contexts ask for, and, once all plugins have loaded, its plan. */
export interface PlannedRoute {
  marks: MarkedRoute
  levels: Level[]
  plan: Plan | undefined
  /** Names an `onSend` hook of the route, by which it is found among those that Fastify prints. */
  mark: string
}

/** What a route says of itself, as it was when it was looked at. */
interface Said {
  route: RouteOptions
  key: string
  blocking: unknown
  dependencies: unknown
}

/** The routes of one registration that have a blocking handler or dependencies. */
export class PlannedRoutes {
  readonly #routes: { planned: PlannedRoute, methods: string[], url: string, validated: ReadonlySet<Dependency> }[] = []
  readonly #said: Said[] = []
  readonly #settings: Settings
  readonly #contexts: ContextDependencyRegistry

  constructor (settings: Settings, contexts: ContextDependencyRegistry) {
    this.#settings = settings
    this.#contexts = contexts
  }

  /** Undefined of a route that is not touched. */
  add (fastify: FastifyInstance, route: RouteOptions): PlannedRoute | undefined {
    this.#said.push({ route, key: keyOf(route), blocking: this.#readBlocking(route), dependencies: readShallow(route.dependencies) })
    const levels = this.#contexts.levelsOf(fastify, route, keyOf(route))
    const marks = markRoute(fastify, route, findWrittenHandler(fastify, route) ?? route.handler, this.#settings, levels.length > 0)
    if (marks === undefined || (!marks.isBlocking && levels.length === 0)) return undefined
    mergeSchemas(route, marks.key, levels, this.#contexts.overrides)
    const planned = { marks, levels, plan: undefined, mark: String(this.#routes.length) }
    const validated = new Set(collectAll(marks.key, levels, this.#contexts.overrides).keys())
    this.#routes.push({ planned, methods: [route.method].flat(), url: route.url, validated })
    return planned
  }

  /** Once all plugins have loaded: `onRoute` hooks of others may come after this plugin's, and nobody would look at what they set. */
  refuseLateMarks (): void {
    for (const { route, key, blocking, dependencies } of this.#said) {
      if (!isDeepStrictEqual(this.#readBlocking(route), blocking)) throw new MarkedTooLate(key, 'blocking')
      if (!isSame(readShallow(route.dependencies), dependencies)) throw new MarkedTooLate(key, 'dependencies')
    }
  }

  /** Of routes that would be on the loop without it, `false` says nothing. */
  #readBlocking ({ blocking }: RouteOptions): unknown {
    return readShallow(blocking ?? (this.#settings.dispatch === 'explicit' ? false : undefined))
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

/** A copy, as the object itself may be changed. */
function readShallow (value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value } : value
}

/** Dependencies are what they are by identity. */
function isSame (one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  const entries = Object.entries(one)
  return entries.length === Object.keys(other).length && entries.every(([name, value]) => Reflect.get(other, name) === value)
}
