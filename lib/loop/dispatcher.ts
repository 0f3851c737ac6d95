import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Carriers } from '../context/carriers.js'
import { CalledTooEarly, DifferentApp, OuterContext } from '../errors.js'
import type { Functions } from '../functions/declare.js'
import type { Settings } from '../options/settings.js'
import { Admission } from '../queue/admission.js'
import { Lane } from '../queue/route-queue.js'
import type { Executor } from '../executor.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import { AppValues } from '../dependencies/app-scope.js'
import { digestPlan } from '../dependencies/describe-plan.js'
import { compareContexts, compareRoutes, type SurroundedRoutes } from '../routes/outer-context.js'
import type { Report } from '../wire/worker-data.js'
import { findBytesRoutes, markOnSend } from './response/onsend-hooks.js'
import type { Course } from './plan/plan-run.js'
import { LoopFunctions } from './functions/functions.js'
import type { Stats } from '../stats-types.js'
import { Meter } from './visit/meter.js'
import { closeBeforeSending, resolveFirst, takeCourse } from './plan/handler.js'
import type { Stage } from './plan/steps.js'
import { leaveUnparsed } from './body/deferred-parsing.js'
import { Visit } from './visit/visit.js'
import type { VisitedRoute } from './visit/route-state.js'

/** What it stands in. */
interface Standing {
  module: string
  logLevel: string
  findReplaced: VisitedRoute['findReplaced']
  carriers: Carriers
  functions: Functions
  surrounded: SurroundedRoutes
  /** Names of the option `errorClasses`. */
  errorClasses: string[]
}

/** The loop's side of one registration: its routes, its queue, its workers. */
export class Loop {
  readonly apps = new AppValues('loop')
  readonly functions: LoopFunctions
  readonly #taken = new Map<string, TakenRoute>()
  readonly #routes = new Map<string, VisitedRoute>()
  readonly #restores: (() => void)[] = []
  readonly #admission: Admission
  readonly #executor: Executor
  readonly #module: string
  readonly #logLevel: string
  readonly #findReplaced: VisitedRoute['findReplaced']
  readonly #carriers: Carriers
  readonly #declared: Functions
  readonly #surrounded: SurroundedRoutes
  readonly #errorClasses: string[]
  /** ms */
  readonly #grace: number

  constructor (executor: Executor, settings: Settings, { module, logLevel, findReplaced, carriers, functions, surrounded, errorClasses }: Standing) {
    this.#executor = executor
    this.#admission = new Admission(executor, settings.queue)
    this.functions = new LoopFunctions(functions, this.#admission, settings, carriers)
    this.#declared = functions
    this.#errorClasses = errorClasses
    this.#grace = settings.grace
    this.#module = module
    this.#logLevel = logLevel
    this.#findReplaced = findReplaced
    this.#carriers = carriers
    this.#surrounded = surrounded
  }

  /** Puts what the plan says in the place of the route's handler. */
  take (route: RouteOptions, planned: PlannedRoute): void {
    const taken: TakenRoute = { planned, handle: refuseEarly(planned.marks.key) }
    this.#taken.set(planned.marks.key, taken)
    if (planned.levels.length > 0) closeBeforeSending(route)
    if (planned.marks.isBlocking) {
      markOnSend(route, planned.mark)
      if (planned.marks.parse) this.#restores.push(leaveUnparsed(route, planned.marks.key))
      this.#addVisited(planned)
    }
    const { handler } = route
    // Of a HEAD route made from a GET one it may be the one that was put there.
    const original = originals.get(handler) ?? handler
    route.handler = function handleAsPlanned (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply): unknown {
      return taken.handle.call(this, request, reply)
    }
    if (planned.marks.mayUpgrade) route.handler = leaveUpgrades(handler, route.handler)
    originals.set(route.handler, original)
    taken.original = original
  }

  /** Once every route has its plan and the workers have booted. */
  begin (fastify: FastifyInstance, reports: Report[]): void {
    const marks = findBytesRoutes(fastify, [...this.#taken.values()].some(({ planned }) => planned.marks.isBlocking))
    for (const [key, { planned }] of this.#taken) {
      if (!planned.plan!.isVisit) continue
      this.#addVisited(planned)
      const visited = this.#routes.get(key)!
      visited.bytes = marks.bytes.has(planned.mark)
      visited.isSeen = !marks.unseen.has(planned.mark) || planned.plan!.nodes.some(({ side }) => side === 'loop')
      visited.isDecided = planned.plan!.hasTeardown
    }
    for (const restore of this.#restores) restore()
    const around = this.#surrounded.readRoutes()
    for (const report of reports) this.#compare(report, around)
    this.functions.begin()
    for (const [key, taken] of this.#taken) taken.handle = this.#handlerOf(key, taken)
  }

  /** It will not begin: who asks all the same is told of what. */
  abandon (error: unknown): void {
    for (const [key, taken] of this.#taken) taken.handle = refuseEarly(key, error)
  }

  #addVisited ({ marks: { key, timeout, handlerTimeout, isTerminable, priority, concurrency, parse } }: PlannedRoute): void {
    if (this.#routes.has(key)) return
    this.#routes.set(key, { lane: new Lane(key, priority, concurrency), meter: new Meter(), timeout, handlerTimeout, isTerminable, grace: this.#grace, parse, isDecided: false, bytes: false, isSeen: true, logLevel: this.#logLevel, findReplaced: this.#findReplaced, carriers: this.#carriers, suspects: new Set() })
  }

  #handlerOf (key: string, { planned, original }: TakenRoute): Handler {
    const plan = planned.plan!
    const visited = this.#routes.get(key)
    if (plan.nodes.length === 0 && visited === undefined) return original!
    const admission = this.#admission
    if (visited !== undefined && plan.handler === 'worker' && plan.nodes.every(({ side }) => side === 'worker')) {
      if (plan.nodes.length === 0) {
        return function visitWorker (request, reply) {
          new Visit(admission, visited, request, reply).begin()
        }
      }
      return function visitWorker (request, reply) {
        new Visit(admission, visited, request, reply).attach().begin()
      }
    }
    if (!plan.isVisit && !plan.phases[0]!.hasTeardown) return resolveFirst(plan, this.apps, original!, this.#grace)
    const open = visited && ((request: FastifyRequest, reply: FastifyReply, course: Course): Stage => new Visit(admission, visited, request, reply, course).attach())
    return takeCourse(plan, this.apps, original!, open, this.#grace, plan.handlerPhase > 1 ? this.functions.holders : undefined)
  }

  stats (): Stats {
    const { killed, recycled, ...threads } = this.#executor.counts()
    const meters = [...[...this.#routes].map(([key, { meter }]) => [key, meter] as const), ...this.functions.meters]
    return {
      threads,
      killed,
      recycled,
      queue: this.#admission.length,
      ...Meter.total(meters.map(([, meter]) => meter)),
      routes: Object.fromEntries(meters.map(([key, meter]) => [key, meter.read()]))
    }
  }

  /** Stops admitting: who waits is answered 503. */
  refuse (): void {
    this.#admission.close()
  }

  #compare ({ routes, functions, errorClasses, surroundings: { routes: there, context } }: Report, around: Record<string, string[]>): void {
    const differences = [...this.#routes.keys()].flatMap((key) => {
      if (!Object.hasOwn(routes, key)) return `${key} is missing in the worker`
      const [here, there] = [digestPlan(this.#taken.get(key)!.planned.plan!), routes[key]]
      return here === there ? [] : `${key} has other dependencies in the worker: ${there}, and here: ${here}`
    })
    differences.push(...Object.keys(routes).filter((key) => !this.#routes.has(key)).map((key) => `${key} is only in the worker`))
    const own = this.#declared.all
    differences.push(...own.filter((what) => !functions.includes(what)).map((what) => `${what} is missing in the worker`))
    differences.push(...functions.filter((what) => !own.includes(what)).map((what) => `${what} is only in the worker`))
    const named = this.#errorClasses
    differences.push(...named.filter((name) => !errorClasses.includes(name)).map((name) => `error class ${name} is missing in the worker`))
    differences.push(...errorClasses.filter((name) => !named.includes(name)).map((name) => `error class ${name} is only in the worker`))
    const outer = compareRoutes(around, there)
    if (context === undefined) differences.push(...outer)
    if (differences.length > 0) throw new DifferentApp(this.#module, differences.join('; '))
    if (context === undefined) return
    outer.push(...compareContexts(this.#surrounded.readOuterContext(), context))
    if (outer.length > 0) throw new OuterContext(this.#module, outer.join('; '))
  }
}

type Handler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown

interface TakenRoute {
  planned: PlannedRoute
  /** The handler as it was written. */
  original?: Handler
  /** What stands in its place, which is known once there is a plan. */
  handle: Handler
}

/** The app is not ready, or never was: Fastify serves on after a boot that has failed. */
function refuseEarly (key: string, cause?: unknown): Handler {
  return function refuseRequest () {
    const error = new CalledTooEarly(`route ${key}`)
    error.cause = cause
    throw error
  }
}

/** @fastify/websocket, if it was registered before, has wrapped the handler: that answers an upgrade, or refuses it. */
function leaveUpgrades (wrapped: Handler, handle: Handler): Handler {
  return function handleUpgradeOrAsPlanned (request, reply) {
    const { ws }: FastifyRequest & { ws?: boolean | null } = request
    return ws === true ? wrapped.call(this, request, reply) : handle.call(this, request, reply)
  }
}

const originals = new WeakMap<object, Handler>()
