import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { type Carriers, runInContexts } from '../../context/carriers.js'
import { LoopOnly } from '../../errors.js'
import type { AppScope } from '../../dependencies/app-scope.js'
import { provide } from '../../dependencies/decorate.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import type { Failure } from '../../dependencies/request-scope.js'
import { isThenable } from '../../promises.js'
import type { OpenVisit } from '../../wire/messages.js'
import { WorkerPlanRun } from '../plan/plan-run.js'
import { visitOf } from '../visit/raw-request.js'
import { ThrownNullish } from './thrown-nullish.js'
import { restoreRequestAndReply, restoreParsed } from './restore.js'
import { endIfStopped } from '../visit/end-if-stopped.js'
import type { WorkerVisit } from '../visit/visit.js'

/*
 * The handler is called from the last hook of the phase up to which a visit goes, since what comes before it has been
 * done on the loop. Its answer is taken in the last `onSend` hook, see capture-answer.ts.
 */

type Done = (error?: Error | null) => void

/**
 * The last hooks before the handler. With data for a body that is `onRequest`, and nothing is left to be done; one that nobody has
 * read is parsed first, and where the loop has left it alone validated too.
 */
export type LastPhase = 'onRequest' | NonNullable<OpenVisit['runHooksUntil']>

type PhaseHook = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: Done) => void

/** The last hooks of a route with work for a worker. */
export function callHandler (planned: PlannedRoute, apps: AppScope, carriers: Carriers, handler: RouteHandlerMethod): Partial<Record<LastPhase, PhaseHook>> {
  const { key, timeout, handlerTimeout, parse } = planned.marks

  function call (this: FastifyInstance, visit: WorkerVisit, request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const tell = (error: unknown): void => {
      try {
        done(error as Error)
      } catch (again) {
        // Fastify has looked at what was thrown, and that has thrown.
        done((again ?? new ThrownNullish(again)) as Error)
      }
    }
    // Only a hook's error is sent as one whatever its type; but `done` takes nothing for no error.
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
    visit.isReached = true
    visit.timeout = timeout
    visit.handlerTimeout = handlerTimeout
    visit.hasHandler = planned.plan!.handler === 'worker'
    restoreRequestAndReply(request, reply, visit)
    if (planned.plan!.nodes.length > 0) visit.planRun = new WorkerPlanRun(visit, planned.plan!, apps, request, reply)
    const goOn = visit.open.runHooksUntil === undefined ? () => call.call(this, visit, request, reply, done) : () => done()
    try {
      runInContexts(carriers, visit.open.context, request, goOn)
    } catch (error) {
      done((error ?? new ThrownNullish(error)) as Error)
    }
  }

  /** The body is the parser's, unless a hook on the loop had one. */
  function callWhenParsed (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) return done()
    restoreParsed(request, visit)
    call.call(this, visit, request, reply, done)
  }

  return { onRequest: begin, [parse ? 'preHandler' : 'preValidation']: callWhenParsed }
}

/** What `reply.send(error)` was given, or a hook has thrown, goes to the dependencies first. */
export function teardownOnError (request: FastifyRequest, error: unknown, reply: FastifyReply): Promise<Failure | undefined> | undefined {
  const visit = visitOf(request)
  const { planRun } = visit ?? {}
  if (planRun === undefined || (planRun.isOver && planRun.stopped === undefined)) return undefined
  return planRun.dispose({ error }).then((failure) => endIfStopped(visit!, reply, { error }, failure) ? undefined : failure)
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
    if (payload !== undefined || !(reply.sent || reply.raw.headersSent)) send(payload)
  }, (error) => {
    if (reply.sent) reply.log.error({ err: error }, 'Promise errored, but reply.sent = true was set')
    else fail(error)
  })
}

/** The first `onRequest` hook of every other route: a visit that is routed here has gone astray. */
export function rejectMisroutedVisit (key: string) {
  return function refuseStrayVisit (request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    const visit = visitOf(request)
    if (visit === undefined) done()
    else visit.misrouted(key)
  }
}

/** In the place of the handler of a route with dependencies, where only what was injected in the worker comes: half of them, guards too, would be missing. */
export function rejectInject (key: string) {
  return function refuseInWorker (): never {
    throw new LoopOnly(`inject() of ${key}, which has dependencies, or a body that is parsed in the worker,`)
  }
}
