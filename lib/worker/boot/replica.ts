import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify'
import type { Carriers } from '../../context/carriers.js'
import type { AppScope } from '../../dependencies/app-scope.js'
import { teardownBeforeErrorHandler } from '../../dependencies/teardown-on-error.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import { keyOf } from '../../routes/route-marks.js'
import { watchRoutes } from '../../routes/route-watch.js'
import { leaveOut, partsOfRequest } from '../../routes/partial-schema.js'
import { captureAnswer } from '../lifecycle/capture-answer.js'
import { decorateVisits } from '../lifecycle/decorate.js'
import { addDestination } from '../visit/destination.js'
import { RawRequest, visitOf } from '../visit/raw-request.js'
import { callHandler, teardownOnError, type LastPhase, rejectInject, rejectMisroutedVisit } from '../lifecycle/run-handler.js'
import { watchDecorators } from './known-plugins.js'
import type { WorkerLogs } from '../visit/log.js'
import { unwrapInErrorHandler, unwrapInOnError } from '../lifecycle/thrown-nullish.js'
import { callingPackage, checkStack, runsInWorker } from './plugin-hooks.js'
import { restoreRequest } from '../lifecycle/restore.js'
import { releaseServer, replaceServer } from './server.js'
import type { WorkerVisit } from '../visit/visit.js'

/*
 * What makes an instance a replica: every Fastify that is made in the worker is prepared before it has a hook or a
 * route. It binds no port, and on a visit it leaves out what has been done on the loop.
 */

const loopHooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend', 'onResponse', 'onTimeout', 'onRequestAbort'] as const
const handlerHooks = ['preParsing', 'preValidation', 'preHandler'] as const

type Hook = (this: unknown, ...parameters: unknown[]) => unknown

/** Of the blocking routes: what replaces their handler, by the hook that it is. */
const takenRoutes = new WeakMap<RouteOptions, Partial<Record<LastPhase, Hook>>>()
/** Of the same routes: what takes the answer. */
const captures = new WeakMap<RouteOptions, Hook>()
const ownHooks = new WeakSet<Hook>()
/** Of handlers that were replaced. */
const originals = new WeakMap<RouteHandlerMethod, RouteHandlerMethod>()

/** Every instance made while the app is built, and when somebody wants it ready. */
export const instances = new Map<FastifyInstance, Promise<void>>()

/** `workerHooks` are packages whose request hooks run in the worker too. Returns what ends the watch. */
export function prepareInstances (workerHooks: string[], logs: WorkerLogs): () => void {
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    instances.set(fastify, new Promise((resolve) => prepare(fastify, workerHooks, logs, resolve)))
  }
  checkStack()
  subscribe('fastify.initialization', watch)
  return () => {
    unsubscribe('fastify.initialization', watch)
    instances.clear()
  }
}

/** By server, of those that log. */
const logsOf = new WeakMap<object, WorkerLogs>()
/** By server: what really closes the instance. */
const closers = new WeakMap<object, () => Promise<void>>()

export async function closeReplica (fastify: FastifyInstance): Promise<void> {
  releaseServer(fastify)
  await closers.get(fastify.server)?.()
}

function prepare (fastify: FastifyInstance, workerHooks: string[], logs: WorkerLogs, wantReady: () => void): void {
  watchRoutes(fastify)
  const addHook = fastify.addHook as (this: FastifyInstance, name: string, hook: Hook) => FastifyInstance
  // Fastify's types leave genReqId out, and its overloads cannot be passed on.
  const { setGenReqId, genReqId, ready } = fastify as FastifyInstance & { genReqId: GenReqId, ready: Hook }

  fastify.addHook = function addReplicaHook (this: FastifyInstance, name: string, hook: Hook) {
    if (name === 'onError' && typeof hook === 'function') return addHook.call(this, name, unwrapInOnError(hook))
    if ((!isLoopHook(name) && name !== 'onRoute') || typeof hook !== 'function') return addHook.call(this, name, hook)
    const owner = callingPackage()
    if (name === 'onRoute') return addHook.call(this, name, settleAfter(hook, (added, name) => runsInWorker(added, name, owner, workerHooks)))
    if (!runsInWorker(hook, name, owner, workerHooks)) return addHook.call(this, name, skipOnVisits(hook))
    // Of a visit Fastify sees no response.
    if (name === 'onResponse') {
      addHook.call(this, 'onRequest', callAtEnd(hook))
      return addHook.call(this, name, skipOnVisits(hook))
    }
    if (!isBeforeHandler(name)) return addHook.call(this, name, hook)
    addHook.call(this, 'onRequest', callIf((visit) => visit !== undefined && !reaches(visit, name), hook))
    return addHook.call(this, name, callIf((visit) => visit === undefined || reaches(visit, name), hook))
  } as FastifyInstance['addHook']

  watchDecorators(fastify)

  fastify.setGenReqId = function setReplicaGenReqId (this: FastifyInstance, generate) {
    return setGenReqId.call(this, keepRequestId(generate))
  }
  fastify.setGenReqId(genReqId)

  fastify.ready = function readyReplica (this: FastifyInstance, ...parameters: unknown[]) {
    wantReady()
    return ready.apply(this, parameters)
  } as never

  // Nothing is bound. It stays pending, since what follows it in a script is the business of who listens.
  fastify.listen = function listenNever (this: FastifyInstance) {
    this.ready().then(undefined, () => {}) // whoever builds the replica awaits it too
    return new Promise(() => {})
  } as FastifyInstance['listen']

  // Without a logger Fastify makes no children either.
  if (fastify.log.level !== undefined) {
    fastify.log = logs.of(undefined)
    logsOf.set(fastify.server, logs)
  } else logs.forward(fastify.log)

  decorateVisits(fastify)
  replaceServer(fastify, () => instances.size === 0)
  closers.set(fastify.server, fastify.close.bind(fastify))
  // Closing is the main thread's business too: a script that asks its app a thing or two and ends must not end it here.
  fastify.close = function closeNever () {
    if (instances.size === 0) process.emitWarning('fastify.close() was called in a worker, where it does nothing', { code: 'FST_BLOCKING_LOOP_ONLY' })
    return new Promise(() => {})
  } as FastifyInstance['close']

  addHook.call(fastify, 'onRequest', restoreRequest as Hook)
  addHook.call(fastify, 'onRoute', settleRoute as Hook)
}

/** Makes a route one that is answered by visits. Gives what puts back what its schema has lost, once Fastify has compiled it. */
export function takeRoute (fastify: FastifyInstance, route: RouteOptions, planned: PlannedRoute, apps: AppScope, carriers: Carriers): () => void {
  // A HEAD route is made from a GET one, with what has replaced its handler.
  const handler = originals.get(route.handler) ?? route.handler
  takenRoutes.set(route, callHandler(planned, apps, carriers, handler) as Partial<Record<LastPhase, Hook>>)
  const { marks: { key, parse }, levels } = planned
  addDestination(key, route)
  if (levels.length > 0 || parse) {
    route.handler = rejectInject(key)
    originals.set(route.handler, handler)
  }
  if (levels.length > 0) teardownBeforeErrorHandler(route, teardownOnError)
  captures.set(route, nameHook(captureAnswer as Hook, planned.mark))
  unwrapInErrorHandler(route)
  settleRoute.call(fastify, route)
  // The other parts have been validated on the loop.
  return leaveOut(route, parse ? partsOfRequest.filter((part) => part !== 'body') : [])
}

/** Called after each `onRoute` hook, as each of them may have added hooks: ours come last, the loop's step aside. */
function settleRoute (this: FastifyInstance, route: RouteOptions): void {
  for (const name of loopHooks) {
    const hooks = [route[name] ?? []].flat() as Hook[]
    if (hooks.length > 0) Reflect.set(route, name, hooks.filter((hook) => !ownHooks.has(hook)).map(skipOnVisits))
  }
  if (route.onError !== undefined) route.onError = ([route.onError].flat() as Hook[]).map(unwrapInOnError) as NonNullable<RouteOptions['onError']>
  const taken = takenRoutes.get(route)
  if (taken === undefined) append(route, 'onRequest', rejectMisroutedVisit(keyOf(route)) as Hook)
  else {
    for (const [phase, hook] of Object.entries(taken)) append(route, phase as LastPhase, hook)
    append(route, 'onSend', captures.get(route)!)
  }
  const logs = logsOf.get(this.server)
  if (logs !== undefined) forwardLog(route, this, logs)
}

/** One of its own for a route, by which that is found among those that Fastify prints. */
function nameHook (hook: Hook, mark: string): Hook {
  return Object.defineProperty(hook.bind(undefined), 'name', { value: `blocking:${mark}` })
}

function append (route: RouteOptions, name: LastPhase | 'onSend', hook: Hook): void {
  ownHooks.add(hook)
  Reflect.set(route, name, [...[route[name] ?? []].flat(), hook])
}

/** Hooks that step aside, and those that need not. */
const skipping = new WeakSet<Hook>()

/** The hook, but for a visit: there it has run on the loop. */
function skipOnVisits (hook: Hook): Hook {
  if (skipping.has(hook)) return hook
  const aside: Hook = function (request, ...others) {
    const raw: unknown = (request as { raw?: unknown }).raw
    const done = others.at(-1)
    if (raw instanceof RawRequest && typeof done === 'function') return done()
    return hook.call(this, request, ...others)
  }
  skipping.add(aside)
  return aside
}

/** Whether a visit comes to these hooks. If not its handler is called before, and what goes before the handler has to go to onRequest. */
function reaches ({ open: { runHooksUntil } }: WorkerVisit, name: (typeof handlerHooks)[number]): boolean {
  return runHooksUntil !== undefined && handlerHooks.indexOf(name) <= handlerHooks.indexOf(runHooksUntil)
}

function callIf (isWanted: (visit: WorkerVisit | undefined) => boolean, hook: Hook): Hook {
  return function (request, ...others) {
    if (isWanted(visitOf(request as FastifyRequest))) return hook.call(this, request, ...others)
    const done = others.at(-1) as () => void
    done()
  }
}

/** Has an onResponse hook called when the visit is over, however it ends. */
function callAtEnd (hook: Hook): Hook {
  return function (request, reply, done) {
    const visit = visitOf(request as FastifyRequest)
    if (visit !== undefined) {
      const { log } = request as FastifyRequest
      const note = (error: unknown): void => {
        if (error !== undefined && error !== null) log.error({ err: error }, 'fastify-blocking: an onResponse hook failed in a worker')
      }
      visit.atEnd.push(() => {
        // With a callback, or async.
        Promise.resolve(hook.call(this, request, reply, note)).catch(note)
      })
    }
    (done as () => void)()
  }
}

/** `stays` tells of a hook that it adds to a route whether that runs in the worker too. */
function settleAfter (hook: Hook, stays: (hook: Hook, name: string) => boolean): Hook {
  return function (route) {
    const result = hook.call(this, route)
    // Those that the route had before are aside already.
    for (const name of ['onRequest', 'onSend'] as const) {
      for (const added of [(route as RouteOptions)[name] ?? []].flat() as Hook[]) if (!skipping.has(added) && stays(added, name)) skipping.add(added)
    }
    settleRoute.call(this as FastifyInstance, route as RouteOptions)
    return result
  }
}

function isLoopHook (name: string): boolean {
  return (loopHooks as readonly string[]).includes(name)
}

function isBeforeHandler (name: string): name is (typeof handlerHooks)[number] {
  return (handlerHooks as readonly string[]).includes(name)
}

type GenReqId = Parameters<FastifyInstance['setGenReqId']>[0]

function keepRequestId (generate: GenReqId): GenReqId {
  return (raw) => (raw as unknown) instanceof RawRequest ? (raw as unknown as RawRequest).visit.open.id : generate(raw)
}

type LoggerFactory = NonNullable<RouteOptions['childLoggerFactory']>

const forwarding = new WeakSet<LoggerFactory>()

/** Of a visit the logger is that of the request on the loop, and what the app's factory does has been done there. */
function forwardLog (route: RouteOptions, fastify: FastifyInstance, logs: WorkerLogs): void {
  const { childLoggerFactory: own } = route
  if (own !== undefined && forwarding.has(own)) return
  const create: LoggerFactory = function (this: FastifyInstance, _logger, bindings, options, raw) {
    const visited: unknown = raw
    if (visited instanceof RawRequest) return logs.of(visited.visit)
    return (own ?? this.childLoggerFactory).call(this, fastify.log, bindings, options, raw)
  }
  forwarding.add(create)
  route.childLoggerFactory = create
}
