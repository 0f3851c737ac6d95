import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { failBackground } from '../../request/background.js'
import type { AppScope } from '../../dependencies/app-scope.js'
import { teardownBeforeErrorHandler } from '../../dependencies/teardown-on-error.js'
import { provide } from '../../dependencies/decorate.js'
import { isHandlerTimeout } from '../../request-errors.js'
import type { Plan } from '../../dependencies/plan.js'
import { type Failure, RequestScope } from '../../dependencies/request-scope.js'
import { isStream } from '../../wire/streams.js'
import { LoopPlanRun, planRunOf } from './plan-run.js'
import { visitOf } from '../visit/visit.js'
import type { CurrentSession } from '../visit/session-holder.js'
import type { SuspendableVisit } from './steps.js'

/*
 * What stands in the place of the handler of a route with dependencies on the loop, and the hooks that end them.
 */

type Handler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown
type Open = (request: FastifyRequest, reply: FastifyReply, planRun: LoopPlanRun) => SuspendableVisit
type Done = (error?: Error | null) => void

/** For a route without work for a worker, and with nothing to tear down; unless a function gives a generator all the same: then it is one of the others. */
export function createResolvingHandler (plan: Plan, apps: AppScope, handler: Handler, grace: number): Handler {
  return async function resolveDependencies (request, reply) {
    let planRun: LoopPlanRun | undefined
    const scope = new RequestScope(plan, 'loop', apps, request, reply, () => planRun?.detached)
    scope.onOpen = () => { planRun ??= new LoopPlanRun(plan, apps, request, reply, grace, undefined, scope) }
    let goesOn: boolean
    try {
      const resolved = scope.resolve(0)
      goesOn = typeof resolved === 'boolean' ? resolved : await resolved
    } catch (error) {
      if (planRun === undefined) throw error
      return await runPlan(planRun, () => planRun!.takeOver(Promise.reject(error)), request, reply, () => {})
    }
    if (planRun !== undefined) return await runPlan(planRun, () => planRun!.takeOver(Promise.resolve(goesOn)), request, reply, () => handler.call(this, request, reply))
    if (!goesOn) return reply
    provide(request, scope.provide())
    const result = handler.call(this, request, reply)
    // What calls reply.send() later. Otherwise await: a promise that is returned takes longer.
    return result === undefined || result === reply ? reply : await result
  }
}

/** `open` is for routes with work for a worker, `holders` for those of them that may call functions in their visit. */
export function createPlanHandler (plan: Plan, apps: AppScope, handler: Handler, open: Open | undefined, grace: number, currentSession: CurrentSession | undefined): Handler {
  return async function resolveDependencies (request, reply) {
    const planRun = new LoopPlanRun(plan, apps, request, reply, grace, currentSession)
    const resolve = (): Promise<boolean> => planRun.resolve(open && (() => open(request, reply, planRun)))
    const call = (): unknown => handler.call(this, request, reply)
    return await runPlan(planRun, resolve, request, reply, currentSession === undefined ? call : () => currentSession.run(planRun, call))
  }
}

/** Resolves, calls the handler, and ends what has been begun if one of the two has failed. */
async function runPlan (planRun: LoopPlanRun, resolve: () => Promise<boolean>, request: FastifyRequest, reply: FastifyReply, handle: () => unknown): Promise<unknown> {
  try {
    if (!(await resolve())) return reply
    provide(request, planRun.provide())
    const result = await planRun.handle(handle)
    return planRun.isDetached ? reply : result
  } catch (error) {
    if (planRun.isDetached) {
      request.log.error({ err: error }, 'fastify-blocking: an error after the request had been answered')
      return reply
    }
    const isLatest = planRun.startAnswer()
    const failure = await planRun.close({ error })
    if (!isLatest()) return reply
    throw failure!.error
  }
}

/** The last of the route's own hooks, and before its error handler: what has been begun ends before the answer leaves. */
export function addTeardownHooks (route: RouteOptions): void {
  route.onSend = [...[route.onSend ?? []].flat(), teardownOnSend] as NonNullable<RouteOptions['onSend']>
  teardownBeforeErrorHandler(route, teardownOnError)
}

function teardownOnSend (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done): void {
  const planRun = planRunOf(request)
  const isLatest = planRun?.startAnswer()
  if (planRun?.isStreaming) return done()
  if (planRun === undefined || planRun.detachVisit({ error: new Error('the request was answered elsewhere') })) {
    visitOf(request)?.answeredElsewhere()
    return done()
  }
  // Of a stream, when the response is over.
  if (isStream(payload)) {
    planRun.watch(payload)
    return done()
  }
  const { 'content-type': type, 'content-length': length } = reply.getHeaders()
  planRun.close(undefined).then((failure) => {
    if (reply.sent || !isLatest!()) return
    try {
      // A time limit that was over meanwhile has removed them before it was told to wait.
      if (type !== undefined && !reply.hasHeader('content-type')) reply.header('content-type', type)
      if (length !== undefined && !reply.hasHeader('content-length')) reply.header('content-length', length)
      done(failure && toError(failure.error))
    } catch (error) {
      // Of a payload or a header that Fastify refuses; thrown later it would end the process.
      reply.send(error)
    }
  })
}

function teardownOnError (request: FastifyRequest, error: unknown, reply: FastifyReply): Promise<Failure | undefined> | undefined {
  const planRun = planRunOf(request)
  const ending = isHandlerTimeout(error) ? visitOf(request)?.expire(error) ?? planRun?.expire({ error }) : undefined
  if (ending !== undefined) {
    return ending.then((failure) => {
      if (failure !== undefined) failBackground(reply)
      return failure
    })
  }
  if (isHandlerTimeout(error)) failBackground(reply)
  const isLatest = planRun?.startAnswer()
  if (planRun === undefined || planRun.isClosed || planRun.detachVisit({ error })) return undefined
  if (isHandlerTimeout(error) && planRun.detachBusy({ error })) return undefined
  return planRun.close({ error }).then((failure) => isLatest!() ? failure : undefined)
}

/** `done` takes null and undefined for no error. */
function toError (thrown: unknown): Error {
  return thrown === undefined || thrown === null ? new Error(String(thrown)) : thrown as Error
}
