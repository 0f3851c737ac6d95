import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { AppScope } from '../dependencies/app-scope.js'
import type { Plan } from '../dependencies/plan.js'
import type { EventLog } from '../event-log.js'
import type { Admission } from '../queue/admission.js'
import type { BackgroundTasks } from '../request/background.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import type { RouteHandler } from '../routes/route-handler.js'
import type { RouteMove } from '../stats-types.js'
import { MeasuredRoute } from './measured/measured-route.js'
import { MeasuredVisit } from './measured/measured-visit.js'
import { createMovedHandler } from './measured/moved-handler.js'
import type { BeginPlanRun } from './plan/early-hooks.js'
import { createPlanHandler, createResolvingHandler } from './plan/handler.js'
import { LoopPlanRun, type PlanContext } from './plan/plan-run.js'
import type { SuspendableVisit } from './plan/steps.js'
import type { CallerStorage } from './visit/caller.js'
import type { BlockingRoute } from './visit/route-state.js'
import { type PlanRun, Visit } from './visit/visit.js'

type OpenVisit = (request: FastifyRequest, reply: FastifyReply, planRun?: PlanRun) => Visit

/** What a route has in the place of its handler. */
export interface CreatedHandlers {
  handle: RouteHandler
  /** For hooks before the handler. */
  begin: BeginPlanRun
}

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
    if (planned.plans !== undefined) {
      return this.#createMeasured(planned, planned.plans, handler, visited!)
    }
    return {
      handle: this.#create(planned.plan!, handler, visited),
      begin: this.#createBegin(planned.plan!)
    }
  }

  #createBegin (plan: Plan): BeginPlanRun {
    const context = this.#contextOf(plan)
    return (request, reply) => new LoopPlanRun(context, request, reply)
  }

  #contextOf (plan: Plan): PlanContext {
    const { apps, grace, backgrounds, callers } = this.#context
    return { plan, apps, grace, backgrounds, callers: plan.handlerPhase > 1 ? callers : undefined }
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
    const { hasTeardown } = loop
    const onLoop: BlockingRoute | undefined = loop.isVisit
      ? { ...route, hasTeardown, isHandledOnLoop: true, isSeen: true, mayReturnBytes: false }
      : undefined
    const moved: BlockingRoute = { ...route, timing: measured }
    const open: OpenVisit = (request, reply, planRun) =>
      new MeasuredVisit(admission, moved, measured, request, reply, planRun)
    const begin = { loop: this.#createBegin(loop), worker: this.#createBegin(worker) }
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
