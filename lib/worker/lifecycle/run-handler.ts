import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { type Carriers, runInContexts } from '../../context/carriers.js'
import type { AppScope } from '../../dependencies/app-scope.js'
import { provide } from '../../dependencies/decorate.js'
import type { Plan } from '../../dependencies/plan.js'
import type { Failure } from '../../dependencies/failure.js'
import { HostLost, InjectInWorker, NoSuchOverride } from '../../errors.js'
import { isThenable } from '../../promises.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import type { OpenVisit } from '../../wire/messages.js'
import { WorkerPlanRun } from '../plan/plan-run.js'
import { endIfStopped } from '../visit/end-if-stopped.js'
import { visitOf } from '../visit/raw-request.js'
import type { WorkerVisit } from '../visit/visit.js'
import { restoreParsed, restoreRequestAndReply } from './restore.js'
import { ThrownNullish } from './thrown-nullish.js'

/*
 * The handler is called from the last hook of the phase up to which a visit goes, since the loop has run the
 * phases before the handler. The last `onSend` hook captures the answer, see capture-answer.ts.
 */

type Done = (error?: Error | null) => void

/**
 * The phase whose last hook calls the handler: `onRequest` if there is no body to parse here; `preValidation`
 * if Fastify parses the body first, which the loop has validated, or which nobody has read; `preHandler` if
 * the loop has left validation to the worker too.
 */
export type LastPhase = 'onRequest' | NonNullable<OpenVisit['runHooksUntil']>

type PhaseHook = (
  this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: Done
) => void

/** Returns the hooks that call the handler of a route with work for a worker. */
export function callHandler (
  planned: PlannedRoute, apps: AppScope, carriers: Carriers, handler: RouteHandlerMethod
): Partial<Record<LastPhase, PhaseHook>> {
  const { key, timeout, handlerTimeout, isDeferred, isMeasured } = planned.marks

  function call (
    this: FastifyInstance, visit: WorkerVisit, request: FastifyRequest, reply: FastifyReply, done: Done
  ): void {
    // As late as possible: the process may stand still at any time before the app's own code runs.
    if (visit.isExpired) return visit.fail(new HostLost(key, 'the request had expired before it began'))
    visit.lifecycle.isHandled = true
    const tell = (error: unknown): void => {
      try {
        done(error as Error)
      } catch (again) {
        // Fastify has read a property of the thrown value, and that getter, or proxy, has thrown.
        done((again ?? new ThrownNullish(again)) as Error)
      }
    }
    // Fastify sends any value passed to a hook's done() as an error, even a non-Error, but takes null and
    // undefined for success: these are wrapped.
    const fail = (error: unknown): void => tell(error ?? new ThrownNullish(error))
    const handle = handler.bind(this)
    const { planRun } = visit
    if (planRun === undefined) return run(handle, request, reply, fail)
    const failAfterDisposal = (error: unknown): void => {
      planRun.dispose({ error }).then((failure) => {
        if (!endIfStopped(visit, reply, { error }, failure)) fail(failure!.error)
      })
    }
    planRun.resolve().then((goesOn) => {
      if (!goesOn) return
      provide(request, planRun.provide())
      run(handle, request, reply, failAfterDisposal)
    }, failAfterDisposal)
  }

  function begin (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) return done()
    if (visit.open.route !== key) return visit.misrouted(key)
    const { lifecycle } = visit
    lifecycle.isReached = true
    visit.timeout = timeout
    visit.handlerTimeout = handlerTimeout
    let plan: Plan
    try {
      plan = choosePlan(planned, visit.open)
    } catch (error) {
      return visit.fail(error)
    }
    lifecycle.hasHandler = plan.handler === 'worker'
    lifecycle.isDeferred = isDeferred
    lifecycle.isMeasured = isMeasured
    restoreRequestAndReply(request, reply, visit)
    if (plan.nodes.length > 0) visit.planRun = new WorkerPlanRun(visit, plan, apps, request, reply)
    const goOn = visit.open.runHooksUntil === undefined
      ? () => call.call(this, visit, request, reply, done)
      : () => done()
    try {
      runInContexts(carriers, visit.open.context, request, goOn)
    } catch (error) {
      done((error ?? new ThrownNullish(error)) as Error)
    }
  }

  /** Calls the handler once the body is parsed, in the phase that the visit goes up to. */
  function callAfter (phase: LastPhase): PhaseHook {
    return function callWhenParsed (request, reply, done) {
      const visit = visitOf(request)
      if (visit === undefined || visit.open.runHooksUntil !== phase) return done()
      const pending = restoreParsed(request, visit)
      if (pending === undefined) return call.call(this, visit, request, reply, done)
      pending.then(() => call.call(this, visit, request, reply, done))
    }
  }

  return { onRequest: begin, preValidation: callAfter('preValidation'), preHandler: callAfter('preHandler') }
}

/** Throws FST_BLOCKING_NO_SUCH_OVERRIDE for overrides that are not declared here. */
function choosePlan ({ plan, plans, overridden }: PlannedRoute, { handler, overrides }: OpenVisit): Plan {
  if (overrides !== undefined) {
    if (overridden === undefined) throw new NoSuchOverride(overrides.join(', '), 'none reaches the route')
    return overridden.of(overrides).plan
  }
  return handler === 'loop' ? plans!.loop : plan!
}

/**
 * Tears the dependencies down before the error handler: throws the error, of reply.send(error) or of a hook,
 * into their generators first.
 */
export function teardownOnError (
  request: FastifyRequest, error: unknown, reply: FastifyReply
): Promise<Failure | undefined> | undefined {
  const visit = visitOf(request)
  const { planRun } = visit ?? {}
  if (planRun === undefined || (planRun.isOver && planRun.stopped === undefined)) return undefined
  return planRun.dispose({ error })
    .then((failure) => endIfStopped(visit!, reply, { error }, failure) ? undefined : failure)
}

/**
 * Runs the handler as Fastify does: sends its value, or the value of its promise. An `undefined` of a promise
 * is sent only if nothing has been sent.
 */
function run (
  handler: (...parameters: Parameters<RouteHandlerMethod>) => unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  fail: (error: unknown) => void
): void {
  const send = (payload: unknown): void => {
    try {
      reply.send(payload)
    } catch (error) {
      fail(error)
    }
  }
  let result: unknown
  try {
    result = handler(request, reply)
  } catch (error) {
    return fail(error)
  }
  if (result === undefined) return
  if (!isThenable(result)) return send(result)
  result.then((payload) => {
    if (payload !== undefined || !(reply.sent || reply.raw.headersSent)) send(payload)
  }, (error) => {
    if (reply.sent) reply.log.error({ err: error }, 'Promise errored, but reply.sent = true was set')
    else fail(error)
  })
}

/**
 * An `onRequest` hook of every route without work for a worker: reroutes a visit that comes to the route, or
 * fails it.
 */
export function rejectMisroutedVisit (key: string) {
  return function refuseStrayVisit (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) done()
    else visit.misrouted(key)
  }
}

/**
 * Replaces the handler of a route with dependencies, or with a body that is parsed in the worker. A hook
 * calls the handler of a visit, so only a request injected in the worker comes here: half of its
 * dependencies, guards included, would be missing.
 */
export function rejectInject (key: string) {
  return function refuseInWorker (): never {
    throw new InjectInWorker(key)
  }
}
