import type { FastifyInstance, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { Carriers } from '../../context/carriers.js'
import type { AppScope } from '../../dependencies/app-scope.js'
import { teardownBeforeErrorHandler } from '../../dependencies/teardown-on-error.js'
import { leaveOut, partsOfRequest } from '../../routes/partial-schema.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import { keyOf } from '../../routes/route-marks.js'
import { captureAnswer } from '../lifecycle/capture-answer.js'
import { endBeforeSerialization } from '../lifecycle/end-before-serialization.js'
import {
  callHandler, type LastPhase, rejectInject, rejectMisroutedVisit, teardownOnError
} from '../lifecycle/run-handler.js'
import { restoreErrorHandler, unwrapInErrorHandler, unwrapInOnError } from '../lifecycle/thrown-nullish.js'
import { addDestination } from '../visit/destination.js'
import { RawRequest, visitOf } from '../visit/raw-request.js'
import type { WorkerVisit } from '../visit/visit.js'
import { deferCompilation } from './deferred-schemas.js'
import { callingPackage, runsInWorker } from './worker-hooks.js'
import { forwardRequestLog } from './request-logs.js'

/*
 * Hooks of a worker's routes. A visit skips the hooks that the loop runs. Its handler is called by a hook of
 * this package: the last one of a phase, see LastPhase.
 */

const loopHooks = [
  'onRequest', 'preParsing', 'preValidation', 'preHandler',
  'onSend', 'onResponse', 'onTimeout', 'onRequestAbort'
] as const
const phasesAfterOnRequest = ['preParsing', 'preValidation', 'preHandler'] as const
type PhaseAfterOnRequest = (typeof phasesAfterOnRequest)[number]

type Hook = (this: unknown, ...parameters: unknown[]) => unknown

/** The hooks of a blocking route that call its handler, by the name of the hook. */
const handlerCallers = new WeakMap<RouteOptions, Partial<Record<LastPhase, Hook>>>()
/** The last onSend hook of a blocking route, which captures the answer. */
const captures = new WeakMap<RouteOptions, Hook>()
/** Routes with dependencies that end before the answer is serialized. */
const endBefore = new WeakSet<RouteOptions>()
const ownHooks = new WeakSet<Hook>()
/** Original handlers, by the handler that has replaced them. */
const originals = new WeakMap<RouteHandlerMethod, RouteHandlerMethod>()

/**
 * Replaces `addHook` so that visits skip the request hooks that do not run in the worker. `workerHooks`: see
 * prepareInstances().
 */
export function skipHooksOnVisits (fastify: FastifyInstance, workerHooks: string[]): void {
  const addHook = fastify.addHook as (this: FastifyInstance, name: string, hook: Hook) => FastifyInstance
  fastify.addHook = function addReplicaHook (this: FastifyInstance, name: string, hook: Hook) {
    if (name === 'onError' && typeof hook === 'function') {
      return addHook.call(this, name, unwrapInOnError(hook))
    }
    if ((!isLoopHook(name) && name !== 'onRoute') || typeof hook !== 'function') {
      return addHook.call(this, name, hook)
    }
    const owner = callingPackage()
    if (name === 'onRoute') {
      return addHook.call(
        this, name, arrangeHooksAfter(hook, (added, name) => runsInWorker(added, name, owner, workerHooks))
      )
    }
    if (!runsInWorker(hook, name, owner, workerHooks)) return addHook.call(this, name, skipOnVisits(hook))
    // Fastify sees no response to a visit and would never call an onResponse hook: call the hook when the
    // visit ends.
    if (name === 'onResponse') {
      addHook.call(this, 'onRequest', callAtEnd(hook))
      return addHook.call(this, name, skipOnVisits(hook))
    }
    if (!isAfterOnRequest(name)) return addHook.call(this, name, hook)
    addHook.call(this, 'onRequest', callIf((visit) => visit !== undefined && !reaches(visit, name), hook))
    return addHook.call(this, name, callIf((visit) => visit === undefined || reaches(visit, name), hook))
  } as FastifyInstance['addHook']
}

/**
 * Prepares a route so that visits call its handler, and have its answer captured. Returns a function that
 * restores the parts removed from the schema, to be called once Fastify has compiled the schema.
 */
export function takeRoute (
  fastify: FastifyInstance, route: RouteOptions, planned: PlannedRoute, apps: AppScope, carriers: Carriers
): () => void {
  // Fastify makes a HEAD route from a GET route, and the handler of that has been replaced already.
  const handler = originals.get(route.handler) ?? route.handler
  handlerCallers.set(route, callHandler(planned, apps, carriers, handler) as Partial<Record<LastPhase, Hook>>)
  const { marks: { key, isDeferred }, levels } = planned
  addDestination(key, route)
  if (levels.length > 0 || isDeferred) {
    route.handler = rejectInject(key)
    originals.set(route.handler, handler)
  }
  if (levels.length > 0) teardownBeforeErrorHandler(route, teardownOnError)
  if (planned.endsBeforeSerialization) endBefore.add(route)
  captures.set(route, nameHook(captureAnswer as Hook, planned.tag))
  unwrapInErrorHandler(route)
  arrangeRoute.call(fastify, route)
  // Of a route whose parsing is deferred Fastify validates the body alone in the worker: the loop has
  // validated the other parts.
  return leaveOut(route, isDeferred ? partsOfRequest.filter((part) => part !== 'body') : [])
}

/**
 * Called after each `onRoute` hook, since any of them may have added hooks. Puts the hooks of this package
 * last, wraps the loop's hooks so that visits skip them, and defers the compilation of schemas.
 */
export function arrangeRoute (this: FastifyInstance, route: RouteOptions): void {
  for (const name of loopHooks) {
    const hooks = [route[name] ?? []].flat() as Hook[]
    if (hooks.length > 0) {
      Reflect.set(route, name, hooks.filter((hook) => !ownHooks.has(hook)).map(skipOnVisits))
    }
  }
  if (route.onError !== undefined) {
    route.onError = ([route.onError].flat() as Hook[])
      .map(unwrapInOnError) as NonNullable<RouteOptions['onError']>
  }
  const taken = handlerCallers.get(route)
  if (taken === undefined) {
    restoreErrorHandler(route)
    append(route, 'onRequest', rejectMisroutedVisit(keyOf(route)) as Hook)
  } else {
    for (const [phase, hook] of Object.entries(taken)) append(route, phase as LastPhase, hook)
    append(route, 'onSend', captures.get(route)!)
    if (endBefore.has(route)) appendLast(route, 'preSerialization', endBeforeSerialization as Hook)
  }
  deferCompilation(this, route, taken !== undefined)
  forwardRequestLog(route, this)
}

/**
 * Returns a copy of the hook with a name of the route's own: printRoutes() prints the name, and so tells the
 * route.
 */
function nameHook (hook: Hook, tag: string): Hook {
  return Object.defineProperty(hook.bind(undefined), 'name', { value: `blocking:${tag}` })
}

function append (route: RouteOptions, name: LastPhase | 'onSend', hook: Hook): void {
  ownHooks.add(hook)
  appendLast(route, name, hook)
}

function appendLast (route: RouteOptions, name: LastPhase | 'onSend' | 'preSerialization', hook: Hook): void {
  const others = ([route[name] ?? []].flat() as Hook[]).filter((other) => other !== hook)
  Reflect.set(route, name, [...others, hook])
}

/** Hooks that are not to be wrapped: wrappers of skipOnVisits(), and hooks that run in the worker too. */
const unwrappable = new WeakSet<Hook>()

/** Wraps a hook so that visits skip it: for a visit the loop runs it. */
function skipOnVisits (hook: Hook): Hook {
  if (unwrappable.has(hook)) return hook
  const aside: Hook = function (request, ...others) {
    const raw: unknown = (request as { raw?: unknown }).raw
    const done = others.at(-1)
    if (raw instanceof RawRequest && typeof done === 'function') return done()
    return hook.call(this, request, ...others)
  }
  unwrappable.add(aside)
  return aside
}

/**
 * Whether a visit reaches the hooks of this name. Otherwise onRequest calls the handler before them, and a
 * hook that must run before the handler has to run in onRequest.
 */
function reaches ({ open: { runHooksUntil } }: WorkerVisit, name: PhaseAfterOnRequest): boolean {
  if (runHooksUntil === undefined) return false
  return phasesAfterOnRequest.indexOf(name) <= phasesAfterOnRequest.indexOf(runHooksUntil)
}

function callIf (isWanted: (visit: WorkerVisit | undefined) => boolean, hook: Hook): Hook {
  return function (request, ...others) {
    if (isWanted(visitOf(request as FastifyRequest))) return hook.call(this, request, ...others)
    const done = others.at(-1) as () => void
    done()
  }
}

/**
 * Wraps an onResponse hook into an onRequest hook that has it called when the visit is over, however the
 * visit ends.
 */
function callAtEnd (hook: Hook): Hook {
  return function (request, reply, done) {
    const visit = visitOf(request as FastifyRequest)
    if (visit !== undefined) {
      const { log } = request as FastifyRequest
      const note = (error: unknown): void => {
        if (error !== undefined && error !== null) {
          log.error({ err: error }, 'fastify-blocking: an onResponse hook failed in a worker')
        }
      }
      visit.atEnd.push(() => {
        // The hook takes a callback, or is async.
        Promise.resolve(hook.call(this, request, reply, note)).catch(note)
      })
    }
    (done as () => void)()
  }
}

/**
 * `stays` tells whether a hook that the onRoute hook `hook` adds to a route runs in the worker too. Plugins
 * add onRequest and onSend hooks in this way.
 */
function arrangeHooksAfter (hook: Hook, stays: (hook: Hook, name: string) => boolean): Hook {
  return function (route) {
    const result = hook.call(this, route)
    // Hooks that the route had before are in `skipping` already.
    for (const name of ['onRequest', 'onSend'] as const) {
      for (const added of [(route as RouteOptions)[name] ?? []].flat() as Hook[]) {
        if (!unwrappable.has(added) && stays(added, name)) unwrappable.add(added)
      }
    }
    arrangeRoute.call(this as FastifyInstance, route as RouteOptions)
    return result
  }
}

function isLoopHook (name: string): boolean {
  return (loopHooks as readonly string[]).includes(name)
}

function isAfterOnRequest (name: string): name is PhaseAfterOnRequest {
  return (phasesAfterOnRequest as readonly string[]).includes(name)
}
