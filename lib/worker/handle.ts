import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import { type Carriers, runInContexts } from '../context.js'
import { LoopOnly, WrongRoute } from '../errors.js'
import type { AppValues } from '../dependencies/app-values.js'
import { provide } from '../dependencies/decorate.js'
import type { PlannedRoute } from '../dependencies/planned-routes.js'
import type { Failure } from '../dependencies/scope.js'
import { isThenable } from '../thenable.js'
import { Attendance } from './attendance.js'
import { visitOf } from './exchange.js'
import { restoreLoops } from './restore.js'

/*
 * The handler is called from the last `onRequest` hook of the worker's copy of the route, since parsing, validation
 * and `preHandler` have been the loop's. Its answer is taken in the last `onSend` hook, see capture.ts.
 */

export type Done = (error?: Error | null) => void

/** The last `onRequest` hook of a route with work for a worker. */
export function callHandler (planned: PlannedRoute, apps: AppValues, carriers: Carriers, handler: RouteHandlerMethod, errorHandler: RouteOptions['errorHandler']) {
  const { key, timeout } = planned.marks
  return function callBlockingHandler (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) return done()
    if (visit.open.route !== key) return visit.fail(new WrongRoute(visit.open.route, key))
    visit.isReached = true
    visit.timeout = timeout
    restoreLoops(request, reply, visit)
    const fail = (error: unknown): void => {
      // Only a hook's error is sent as one whatever its type; but `done` takes nothing for no error.
      if (error !== undefined && error !== null) return done(error as Error)
      reply.removeHeader('content-type').removeHeader('content-length')
      const handle = (errorHandler ?? this.errorHandler).bind(this, error as never)
      run(handle, request, reply, (again) => done(again as Error ?? new Error(String(again))))
    }
    const handle = handler.bind(this)
    const plan = planned.plan!
    const begin = (): void => {
      if (plan.nodes.length === 0) return run(handle, request, reply, fail)
      const attendance = visit.attendance = new Attendance(visit, plan, apps, request, reply)
      const failAfterDisposal = (error: unknown): void => {
        attendance.dispose({ error }).then((failure) => fail(failure!.error))
      }
      attendance.resolve().then((goesOn) => {
        if (!goesOn) return
        provide(request, attendance.provide())
        run(handle, request, reply, failAfterDisposal)
      }, failAfterDisposal)
    }
    try {
      runInContexts(carriers, visit.open.context, request, begin)
    } catch (error) {
      fail(error)
    }
  }
}

/** What `reply.send(error)` was given, or a hook has thrown, goes to the dependencies first. */
export function disposeOfFailure (request: FastifyRequest, error: unknown): Promise<Failure | undefined> | undefined {
  const attendance = visitOf(request)?.attendance
  return attendance === undefined || attendance.isOver ? undefined : attendance.dispose({ error })
}

/** As Fastify runs a handler: a value or a promise of one is sent, `undefined` from a promise only if nothing was. */
function run (handler: (...parameters: Parameters<RouteHandlerMethod>) => unknown, request: FastifyRequest, reply: FastifyReply, fail: (error: unknown) => void): void {
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
    if (payload !== undefined || !reply.sent) send(payload)
  }, (error) => {
    if (reply.sent) reply.log.error({ err: error }, 'Promise errored, but reply.sent = true was set')
    else fail(error)
  })
}

/** The first `onRequest` hook of every other route: a visit that is routed here has gone astray. */
export function refuseVisit (key: string) {
  return function refuseStrayVisit (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) done()
    else visit.fail(new WrongRoute(visit.open.route, key))
  }
}

/** In the place of the handler of a route with dependencies, where only what was injected in the worker comes: half of them, guards too, would be missing. */
export function refuseInject (key: string) {
  return function refuseInWorker (): never {
    throw new LoopOnly(`inject() of ${key}, which has dependencies,`)
  }
}
