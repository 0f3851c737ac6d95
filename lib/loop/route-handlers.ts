import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../dependencies/app-scope.js'
import type { Plan } from '../dependencies/plan.js'
import type { EventLog } from '../event-log.js'
import type { Admission } from '../queue/admission.js'
import type { BackgroundTasks } from '../request/background.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import type { RouteHandler } from '../routes/route-handler.js'
import type { RouteMove } from '../stats-types.js'
import type { CreatedHandlers } from './created-handlers.js'
import { MeasuredRoute } from './measured/measured-route.js'
import { MeasuredVisit } from './measured/measured-visit.js'
import { createMovedHandler } from './measured/moved-handler.js'
import { OverriddenVisit } from './overridden/overridden-visit.js'
import { switchHandlers } from './overridden/switched.js'
import { createPlanHandler, createResolvingHandler } from './plan/handler.js'
import { LoopPlanRun, type PlanContext } from './plan/plan-run.js'
import type { SuspendableVisit } from './plan/steps.js'
import type { CallerStorage } from './visit/caller.js'
import type { BlockingRoute } from './visit/route-state.js'
import { type PlanRun, Visit } from './visit/visit.js'

type OpenVisit = (request: FastifyRequest, reply: FastifyReply, planRun?: PlanRun) => Visit

type BeginPlanRun = (request: FastifyRequest, reply: FastifyReply) => LoopPlanRun

interface HandlerContext {
  admission: Admission
  apps: AppScope
  backgrounds: BackgroundTasks
  /** Set if the app has offloaded functions. */
  callers: CallerStorage | undefined
  /** The grace period in ms. */
  grace: number
  /** ms, see Settings. */
  threshold: number
  log: FastifyBaseLogger
  /** Gets the moves of measured routes. */
  moves: EventLog<RouteMove>
}

/** Makes the handlers that replace those of routes with a plan. */
export class RouteHandlers {
  readonly #context: HandlerContext

  constructor (context: HandlerContext) {
    this.#context = context
  }

  /** `handler`: the app's own. `visited` is undefined if no part of the route runs in a worker. */
  create (planned: PlannedRoute, handler: RouteHandler, visited: BlockingRoute | undefined): CreatedHandlers {
    const { plan, plans, overridden } = planned
    const base = plans === undefined
      ? this.#createFor(plan!, handler, plan!.isVisit ? visited : undefined)
      : this.#createMeasured(planned, plans, handler, visited!)
    return overridden === undefined
      ? base
      : switchHandlers(overridden, base, (made) => this.#createOverridden(made.plan, handler, visited))
  }

  #createFor (
    plan: Plan, handler: RouteHandler, visited: BlockingRoute | undefined, open?: OpenVisit
  ): CreatedHandlers {
    return {
      handle: this.#create(plan, handler, visited, open),
      begin: this.#createEarlyBegin(plan)
    }
  }

  /** For a plan with declared overrides. */
  #createOverridden (plan: Plan, handler: RouteHandler, visited: BlockingRoute | undefined): CreatedHandlers {
    if (!plan.isVisit) return this.#createFor(plan, handler, undefined)
    const { admission } = this.#context
    const { hasTeardown, overrides } = plan
    const isSeen = visited!.isSeen || plan.nodes.some(({ side }) => side === 'loop')
    const route: BlockingRoute = plan.handler === 'worker'
      ? { ...visited!, hasTeardown, isSeen }
      : handledOnLoop(visited!, plan)
    return this.#createFor(plan, handler, route, (request, reply, planRun) =>
      new OverriddenVisit(admission, route, overrides, request, reply, planRun))
  }

  /** Fakes alone may have brought in the hooks: then the plan has nothing to run there. */
  #createEarlyBegin (plan: Plan): CreatedHandlers['begin'] {
    return plan.levelsAfter.preValidation > 0 ? this.#createBegin(plan) : () => undefined
  }

  #createBegin (plan: Plan): BeginPlanRun {
    const context = this.#contextOf(plan)
    return (request, reply) => new LoopPlanRun(context, request, reply)
  }

  #contextOf (plan: Plan): PlanContext {
    const { apps, grace, backgrounds, callers } = this.#context
    // Otherwise nothing of the plan runs on the loop while a visit is open.
    const mayCall = plan.handlerPhase > 1 || (plan.isVisit && plan.phases[0]!.endsBeforeSerialization)
    return { plan, apps, grace, backgrounds, callers: mayCall ? callers : undefined }
  }

  /** Makes the handler of a route that runs on either side. */
  #createMeasured (
    planned: PlannedRoute,
    { loop, worker }: NonNullable<PlannedRoute['plans']>,
    handler: RouteHandler,
    route: BlockingRoute
  ): CreatedHandlers {
    const { admission, threshold, log, moves } = this.#context
    const measured = new MeasuredRoute(planned, threshold, log, moves)
    const onLoop = loop.isVisit ? handledOnLoop(route, loop) : undefined
    const moved: BlockingRoute = { ...route, timing: measured }
    const open: OpenVisit = (request, reply, planRun) =>
      new MeasuredVisit(admission, moved, measured, request, reply, planRun)
    const begin = { loop: this.#createEarlyBegin(loop), worker: this.#createEarlyBegin(worker) }
    return {
      handle: measured.choose(
        this.#create(loop, measured.measure(handler), onLoop),
        worker.nodes.length > 0
          ? this.#create(worker, handler, moved, open)
          : createMovedHandler(handler, open)
      ),
      begin: (request, reply) => begin[measured.side](request, reply)
    }
  }

  #create (
    plan: Plan,
    handler: RouteHandler,
    visited: BlockingRoute | undefined,
    open: OpenVisit | undefined = visited && this.#openerOf(visited)
  ): RouteHandler {
    const context = this.#contextOf(plan)
    if (plan.nodes.length === 0 && visited === undefined) return handler
    const isAllInWorker = plan.handler === 'worker' && plan.nodes.every(({ side }) => side === 'worker')
    if (open !== undefined && isAllInWorker) {
      if (plan.nodes.length === 0) {
        return function visitWorker (request, reply) {
          open(request, reply).start()
        }
      }
      return function visitWorker (request, reply) {
        open(request, reply).attach().start()
      }
    }
    if (!plan.isVisit && !plan.phases[0]!.hasTeardown && plan.levelsAfter.preValidation === 0) {
      return createResolvingHandler(context, handler)
    }
    const openAttached = open && ((
      request: FastifyRequest, reply: FastifyReply, planRun: LoopPlanRun
    ): SuspendableVisit => open(request, reply, planRun).attach())
    return createPlanHandler(handler, this.#createBegin(plan), openAttached, context.callers)
  }

  #openerOf (visited: BlockingRoute): OpenVisit {
    const { admission } = this.#context
    return (request, reply, planRun) => new Visit(admission, visited, request, reply, planRun)
  }
}

/** The route whose handler runs on the loop by the plan, although another plan of it may say otherwise. */
function handledOnLoop (route: BlockingRoute, { hasTeardown }: Plan): BlockingRoute {
  return { ...route, hasTeardown, isHandledOnLoop: true, isSeen: true, mayReturnBytes: false }
}
