import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { ContextDependencyRegistry, Level } from '../dependencies/context-dependencies.js'
import type { Dependency } from '../dependencies/dependency.js'
import type { PlannedBody } from '../dependencies/describe-plan.js'
import { findOverrides } from '../dependencies/find-overrides.js'
import { makePlan, type Rules } from '../dependencies/make-plan.js'
import { checkOverrides, collectAll, mergeSchemas } from '../dependencies/merge-schemas.js'
import {
  type EarlyHook, earlyHooks, endsBeforeSerialization, isEarly, type Plan, type Side
} from '../dependencies/plan.js'
import {
  BodyNeeded, MarkedTooLate, NoCookies, NoWebsocket, SocketDependency, SseRoute, UpgradeRoute
} from '../errors.js'
import type { Settings } from '../options/settings.js'
import {
  checkAppValues, checkFakes, type OverriddenPlan, OverriddenPlans, type RouteAsAdded
} from './overridden-plans.js'
import { keyOf, type MarkedRoute, markRoute } from './route-marks.js'
import { findWrittenHandler } from './route-watch.js'

/**
 * A route: its marks, the dependencies of its contexts and its own, and, once all plugins have loaded, its
 * plan.
 */
export interface PlannedRoute {
  marks: MarkedRoute
  levels: Level[]
  /** Hooks before the handler in which dependencies run. */
  earlyHooks: ReadonlySet<EarlyHook>
  /** Whether a dependency may end before the answer is serialized. */
  endsBeforeSerialization: boolean
  /** Whether a dependency has a schema of the cookies. */
  validatesCookies: boolean
  /** The plan that requests go by. That of a measured route changes on the loop when the route moves. */
  plan: Plan | undefined
  /** Of a measured route: the plan for each side of its handler. */
  plans?: Readonly<Record<Side, Plan>>
  /** Of a route with a handler of @fastify/websocket: the plan of requests that ask for an upgrade. */
  socketPlan?: Plan | undefined
  /** Set if declared overrides may reach the route. */
  overridden?: OverriddenPlans
  /** Set on the loop, once all hooks are known, if the handler is blocking and may get a body. */
  body?: PlannedBody
  /** Part of the name of an `onSend` hook of the route, by which printRoutes() shows which route it is. */
  tag: string
}

/** Copies of a route's options at `onRoute`, to detect later changes. */
interface Said {
  route: RouteOptions
  key: string
  blocking: unknown
  dependencies: unknown
}

interface AddedRoute {
  fastify: FastifyInstance
  planned: PlannedRoute
  /** Those that the route had when it was added. */
  dependencies: ReadonlySet<Dependency>
}

/** The routes of one registration that have a blocking handler or dependencies. */
export class PlannedRoutes {
  readonly #routes: AddedRoute[] = []
  readonly #said: Said[] = []
  readonly #settings: Settings
  readonly #contexts: ContextDependencyRegistry

  constructor (settings: Settings, contexts: ContextDependencyRegistry) {
    this.#settings = settings
    this.#contexts = contexts
  }

  /** Returns undefined for a route that has neither a blocking handler nor dependencies. */
  add (fastify: FastifyInstance, route: RouteOptions): PlannedRoute | undefined {
    this.#said.push({
      route,
      key: keyOf(route),
      blocking: this.#readBlocking(route),
      dependencies: readShallow(route.dependencies)
    })
    const levels = this.#contexts.levelsOf(fastify, route, keyOf(route))
    const marks = markRoute(
      fastify,
      route,
      findWrittenHandler(fastify, route) ?? route.handler,
      this.#settings,
      levels.length > 0
    )
    if (marks === undefined) return undefined
    if (!marks.isBlocking && !marks.isMeasured && levels.length === 0) return undefined
    const { overrides } = this.#contexts
    const permanent = overrides.replacements([])
    mergeSchemas(route, marks.key, levels, permanent)
    const dependencies = new Set(collectAll(marks.key, levels, permanent).keys())
    const fakes = findOverrides(marks.key, levels, overrides).flatMap((names) =>
      [...collectAll(marks.key, levels, overrides.replacements(names)).keys()])
    const possible = [...dependencies, ...fakes]
    const hooks = new Set(possible.map(({ hook }) => hook))
    const planned: PlannedRoute = {
      marks,
      levels,
      earlyHooks: new Set(earlyHooks.filter((name) => hooks.has(name))),
      endsBeforeSerialization: possible.some(endsBeforeSerialization),
      plan: undefined,
      validatesCookies: [...dependencies].some(({ schema }) => schema?.cookies !== undefined),
      tag: String(this.#routes.length)
    }
    this.#routes.push({ fastify, planned, dependencies })
    return planned
  }

  /**
   * Throws FST_BLOCKING_MARKED_TOO_LATE for a route whose `blocking` or `dependencies` have changed since
   * add(). Called once all plugins have loaded: an `onRoute` hook that runs after this plugin's may set them,
   * which would go unnoticed.
   */
  refuseLateMarks (): void {
    for (const { route, key, blocking, dependencies } of this.#said) {
      if (!isDeepStrictEqual(this.#readBlocking(route), blocking)) throw new MarkedTooLate(key, 'blocking')
      if (!isSame(readShallow(route.dependencies), dependencies)) throw new MarkedTooLate(key, 'dependencies')
    }
  }

  /** With dispatch "explicit" an absent `blocking` is the same as false: a change between the two is none. */
  #readBlocking ({ blocking }: RouteOptions): unknown {
    return readShallow(blocking ?? (this.#settings.dispatch === 'explicit' ? false : undefined))
  }

  /**
   * Called once all overrides are known. Throws FST_BLOCKING_BODY_NEEDED, FST_BLOCKING_NO_COOKIES,
   * FST_BLOCKING_SSE_ROUTE, and errors of the dependencies.
   */
  makePlans (): Plan[] {
    const { overrides } = this.#contexts
    const rules = this.#rulesWith([])
    return this.#routes.flatMap((added) => {
      const { fastify, planned, dependencies } = added
      const { marks: { key, isBlocking, isMeasured, hasSse }, levels } = planned
      if (isBlocking && hasSse && fastify.hasPlugin('@fastify/sse')) throw new SseRoute(key)
      checkOverrides(key, levels, dependencies, rules.overrides)
      checkCookies(fastify, key, levels, rules.overrides)
      const plan = planned.plan = makePlan(key, isBlocking ? 'worker' : 'loop', levels, rules)
      planned.socketPlan = makeSocketPlan(fastify, planned, rules)
      const plans = planned.socketPlan === undefined ? [plan] : [planned.socketPlan, plan]
      if (isMeasured) {
        const other = makePlan(key, isBlocking ? 'loop' : 'worker', levels, rules)
        planned.plans = isBlocking ? { loop: other, worker: plan } : { loop: plan, worker: other }
        // Values of lifetime "app" that may have to cross from a worker are checked in the worker at boot. On
        // the loop such a value only keeps the route there.
        if (isBlocking) plans.unshift(other)
      } else checkBody(plan, planned)
      const sets = findOverrides(key, levels, overrides)
      if (sets.length === 0) return plans
      planned.overridden = new OverriddenPlans(overrides, sets, (names) => this.#makeOverridden(added, names))
      return [...plans, ...planned.overridden.atBoot.flatMap(({ plan, socketPlan }) =>
        socketPlan === undefined ? [plan] : [socketPlan, plan])]
    })
  }

  /** The handler of a measured route runs on the loop while overrides are used that reach it. */
  #makeOverridden ({ fastify, planned, dependencies }: AddedRoute, names: readonly string[]): OverriddenPlan {
    const { overrides } = this.#contexts
    const { marks: { key, isBlocking, isMeasured }, levels } = planned
    const rules = this.#rulesWith(names)
    const added: RouteAsAdded = {
      key,
      levels,
      hooks: planned.earlyHooks,
      endsBeforeSerialization: planned.endsBeforeSerialization,
      before: dependencies
    }
    checkFakes(added, names, overrides)
    checkCookies(fastify, key, levels, rules.overrides)
    const plan = makePlan(key, isBlocking && !isMeasured ? 'worker' : 'loop', levels, rules)
    checkAppValues(plan, names, overrides)
    checkBody(plan, planned)
    return { plan, socketPlan: makeSocketPlan(fastify, planned, rules) }
  }

  #rulesWith (used: readonly string[]): Rules {
    return {
      dispatch: this.#settings.dispatch, overrides: this.#contexts.overrides.replacements(used), used
    }
  }
}

/** Throws FST_BLOCKING_BODY_NEEDED. */
function checkBody ({ nodes }: Plan, { marks: { key, isDeferred } }: PlannedRoute): void {
  if (!isDeferred) return
  const needy = nodes.find(({ side, dependency }) =>
    side === 'loop' && (dependency.schema?.body !== undefined || dependency.hook === 'preValidation'))
  if (needy === undefined) return
  const by = needy.dependency.hook === 'preValidation' ? 'hook "preValidation"' : 'schema'
  throw new BodyNeeded(key, `the dependency ${needy.path}, by its ${by},`)
}

/** Throws FST_BLOCKING_NO_COOKIES. */
function checkCookies (
  fastify: FastifyInstance,
  key: string,
  levels: readonly Level[],
  overrides: Rules['overrides']
): void {
  if (fastify.hasRequestDecorator('cookies')) return
  for (const [{ schema, readsCookies }, who] of collectAll(key, levels, overrides)) {
    if (schema?.cookies !== undefined || readsCookies === true) throw new NoCookies(who)
  }
}

/**
 * Returns undefined for a route without a handler of @fastify/websocket. Throws FST_BLOCKING_NO_WEBSOCKET,
 * FST_BLOCKING_UPGRADE_ROUTE for a dependency that runs in a worker, and
 * FST_BLOCKING_SOCKET_DEPENDENCY for one that would run, or be validated, at another time.
 */
function makeSocketPlan (
  fastify: FastifyInstance, { marks: { key, socket }, levels }: PlannedRoute, rules: Rules
): Plan | undefined {
  if (socket === undefined) return undefined
  if (!fastify.hasDecorator('websocketServer')) throw new NoWebsocket(key)
  const plan = makePlan(key, 'loop', levels, rules)
  for (const { label, side, dependency } of plan.nodes) {
    const refuse = (what: string): never => { throw new SocketDependency(key, `${what} of ${label}`) }
    if (side === 'worker') {
      throw new UpgradeRoute(key, `its dependency ${label}, of its own or of its context, runs in a worker`)
    }
    if (isEarly(dependency)) refuse(`hook "${dependency.hook}"`)
    if (dependency.schema?.cookies !== undefined) refuse('schema.cookies')
  }
  return plan
}

/** Returns a shallow copy, since the object may be changed in place. */
function readShallow (value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value } : value
}

/** Compares entries by identity: two dependencies that look alike are different. */
function isSame (one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return one === other
  }
  const entries = Object.entries(one)
  return entries.length === Object.keys(other).length &&
    entries.every(([name, value]) => Reflect.get(other, name) === value)
}
