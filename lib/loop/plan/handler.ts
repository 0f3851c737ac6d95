import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { provide } from '../../dependencies/decorate.js'
import type { Failure } from '../../dependencies/failure.js'
import { RequestScope } from '../../dependencies/request-scope.js'
import { teardownBeforeErrorHandler } from '../../dependencies/teardown-on-error.js'
import { isHandlerTimeout, toHookError } from '../../request-errors.js'
import { failBackground } from '../../request/background.js'
import type { RouteHandler } from '../../routes/route-handler.js'
import { isStream } from '../../wire/streams.js'
import { findAttachedVisit } from '../visit/attached-visit.js'
import type { CallerStorage } from '../visit/caller.js'
import { LoopPlanRun, type Open, type PlanContext, planRunOf } from './plan-run.js'
import { RequestEnd } from './request-end.js'

/*
 * Replaces the handler of a route with dependencies on the loop, and adds the hooks that tear them down.
 */

type Done = (error?: Error | null, payload?: unknown) => void

/**
 * Makes the handler of a route without work for a worker and without teardown. If a dependency turns out to
 * give a generator, the request goes on with a plan run, as those of createPlanHandler() do.
 */
export function createResolvingHandler (context: PlanContext, handler: RouteHandler): RouteHandler {
  const { plan, apps } = context
  return async function resolveDependencies (request, reply) {
    let planRun: LoopPlanRun | undefined
    const requestEnd = new RequestEnd(plan.route, reply, undefined)
    const scope = new RequestScope(plan, 'loop', apps, request, reply, requestEnd)
    scope.onOpen = () => {
      planRun ??= new LoopPlanRun(context, request, reply, scope, requestEnd)
    }
    let goesOn: boolean
    try {
      const resolved = scope.resolve(0)
      goesOn = typeof resolved === 'boolean' ? resolved : await resolved
    } catch (error) {
      if (planRun === undefined) throw error
      return await runPlan(planRun, planRun.takeOver(Promise.reject(error)), request, reply, () => {})
    }
    if (planRun !== undefined) {
      return await runPlan(
        planRun,
        planRun.takeOver(Promise.resolve(goesOn)),
        request,
        reply,
        () => handler.call(this, request, reply)
      )
    }
    if (!goesOn) return reply
    provide(request, scope.provide())
    const result = handler.call(this, request, reply)
    // `undefined` means that reply.send() is called later. Await any other result: returning a promise takes
    // longer.
    return result === undefined || result === reply ? reply : await result
  }
}

/**
 * Makes the handler of any other route. `begin` makes the plan run, unless a hook has. `open` is for routes
 * with work for a worker, `callers` for those of them that may call functions in their visit.
 */
export function createPlanHandler (
  handler: RouteHandler,
  begin: (request: FastifyRequest, reply: FastifyReply) => LoopPlanRun,
  open: Open | undefined,
  callers: CallerStorage | undefined
): RouteHandler {
  return async function resolveDependencies (request, reply) {
    const planRun = planRunOf(request) ?? begin(request, reply)
    const call = (): unknown => handler.call(this, request, reply)
    return await runPlan(
      planRun,
      planRun.resolve(open),
      request,
      reply,
      callers === undefined ? call : () => callers.run(planRun, call)
    )
  }
}

/** Calls the handler once the plan is resolved. Tears the dependencies down if one of these has failed. */
async function runPlan (
  planRun: LoopPlanRun,
  resolving: Promise<boolean>,
  request: FastifyRequest,
  reply: FastifyReply,
  handle: () => unknown
): Promise<unknown> {
  try {
    if (!(await resolving)) return reply
    provide(request, planRun.provide())
    const result = await planRun.handle(handle)
    return planRun.requestEnd.isDetached ? reply : result
  } catch (error) {
    const failure = await failPlan(planRun, error, request)
    if (failure === undefined) return reply
    throw failure.error
  }
}

/**
 * Tears the dependencies down after one of them, or the handler, has failed. Returns the failure that comes
 * out; undefined if the request has another answer.
 */
export async function failPlan (
  planRun: LoopPlanRun, error: unknown, request: FastifyRequest
): Promise<Failure | undefined> {
  if (planRun.requestEnd.isDetached) {
    request.log.error({ err: error }, 'fastify-blocking: an error after the request had been answered')
    return undefined
  }
  const isLatest = planRun.startAnswer()
  const failure = await planRun.teardown.close({ error })
  return isLatest() ? failure : undefined
}

/**
 * Adds the last of the route's own onSend hooks, and wraps its error handler: both tear the dependencies down
 * before the answer leaves.
 */
export function addTeardownHooks (route: RouteOptions): void {
  route.onSend = [...[route.onSend ?? []].flat(), teardownOnSend] as NonNullable<RouteOptions['onSend']>
  teardownBeforeErrorHandler(route, teardownOnError)
}

function teardownOnSend (
  request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done
): void {
  const planRun = planRunOf(request)
  const isLatest = planRun?.startAnswer()
  // The teardown follows at the end of the stream.
  if (findAttachedVisit(request)?.isStreaming === true) return done()
  if (
    planRun === undefined || planRun.detachVisit({ error: new Error('the request was answered elsewhere') })
  ) {
    findAttachedVisit(request)?.answeredElsewhere()
    return done()
  }
  // The dependencies of a streamed answer are torn down when the response is over.
  if (isStream(payload)) {
    planRun.requestEnd.watch(payload)
    return done()
  }
  const { 'content-type': type, 'content-length': length } = reply.getHeaders()
  planRun.teardown.close(undefined).then((failure) => {
    if (reply.sent || !isLatest!()) return
    try {
      // If handlerTimeout has expired meanwhile, Fastify has removed these headers before the error handler
      // began to wait.
      if (type !== undefined && !reply.hasHeader('content-type')) reply.header('content-type', type)
      if (length !== undefined && !reply.hasHeader('content-length')) reply.header('content-length', length)
      done(failure && toHookError(failure.error))
    } catch (error) {
      // Fastify has refused the payload or a header. Thrown out of this callback, the error would end the
      // process.
      reply.send(error)
    }
  })
}

/** Adds the last of the route's own preSerialization hooks, for dependencies that end there. */
export function addSerializationHook (route: RouteOptions): void {
  const others = [route.preSerialization ?? []].flat().filter((hook) => hook !== endBeforeSerialization)
  route.preSerialization =
    [...others, endBeforeSerialization] as NonNullable<RouteOptions['preSerialization']>
}

/** Its name is the same in the worker, see ownHooks. */
function endBeforeSerialization (
  request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done
): void {
  const planRun = planRunOf(request)
  // While the worker runs, something other than the plan answers, see teardownOnSend().
  if (planRun === undefined || planRun.isOver || planRun.isWorkerRunning) return done(null, payload)
  const isLatest = planRun.startAnswer()
  planRun.endBeforeSerialization().then((failure) => {
    if (reply.sent || !isLatest() || planRun.isOver) return
    if (failure === undefined) done(null, payload)
    else done(toHookError(failure.error))
  })
}

function teardownOnError (
  request: FastifyRequest, error: unknown, reply: FastifyReply
): Promise<Failure | undefined> | undefined {
  const planRun = planRunOf(request)
  const ending = isHandlerTimeout(error)
    ? findAttachedVisit(request)?.expire(error) ?? planRun?.expire({ error })
    : undefined
  if (ending !== undefined) {
    return ending.then((failure) => {
      if (failure !== undefined) failBackground(reply, failure)
      return failure
    })
  }
  if (isHandlerTimeout(error)) failBackground(reply, { error })
  const isLatest = planRun?.startAnswer()
  if (planRun === undefined || planRun.teardown.isClosed || planRun.detachVisit({ error })) return undefined
  if (isHandlerTimeout(error) && planRun.detachBusy({ error })) return undefined
  return planRun.teardown.close({ error }).then((failure) => isLatest!() ? failure : undefined)
}
