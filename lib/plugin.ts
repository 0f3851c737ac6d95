import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { type Background, decorateBackground } from './request/background.js'
import { type Carriers, joinRequestContext } from './context/carriers.js'
import { Contexts } from './dependencies/context-dependencies.js'
import { decorateDependencies } from './dependencies/decorate.js'
import type { Plan } from './dependencies/plan.js'
import { type PlannedRoute, PlannedRoutes } from './routes/planned-routes.js'
import { describePlan, printPlan, type RoutePlan } from './dependencies/describe-plan.js'
import type { Stats } from './loop/dispatcher.js'
import { RegisteredTwice, UnknownVersion } from './errors.js'
import { createOffloaded, createOnLoop, type FunctionCalls, Functions, type Offloaded, type OnLoop } from './functions/declare.js'
import { warnOfGenerator } from './routes/generator-handler.js'
import { readOptions } from './options/settings.js'
import type { BlockingOptions, OffloadOptions } from './options/schemas.cjs'
import { countRegistration, joinWatch, noteSeen, refuseUnseenRoutes } from './routes/route-watch.js'
import { SurroundedRoutes } from './routes/outer-context.js'
import { joinTelemetry } from './context/opentelemetry.js'
import { isWorker } from './wire/worker-data.js'
import type { markTransfer, Transferable } from './wire/arguments.js'

/** `fastify.blocking` */
export interface Blocking {
  /** Whether this is a worker's copy of the app; to leave out its cron jobs and migrations there. */
  readonly isWorker: boolean
  /** Threads, queue, counts and times, in all, by route and by offloaded function. Throws FST_BLOCKING_LOOP_ONLY in a worker. */
  stats (): Stats
  /** What of a route runs where; once the app is ready. Throws FST_BLOCKING_NO_SUCH_ROUTE. */
  plan (method: string, url: string): RoutePlan
  /** The same as a tree. */
  printPlan (method: string, url: string): string
  /**
   * Gives a function that runs in a worker, wherever it is called; in a worker it is a plain call. Both sides find it by
   * its name, so it is declared before the app is ready. Options are those of a blocking route: `timeout` in ms
   * (default: that of the plugin), `priority` (default: 0), `concurrency` (default: no limit). What a call may reject with
   * beside the function's own errors: FST_BLOCKING_QUEUE_FULL, FST_BLOCKING_QUEUE_TIMEOUT, FST_BLOCKING_TIMEOUT,
   * FST_BLOCKING_CLOSING, FST_BLOCKING_THREAD_LOST, FST_BLOCKING_OUT_OF_MEMORY, FST_BLOCKING_NOT_CLONEABLE.
   */
  offload<Args extends unknown[], Result> (name: string, run: (...args: Args) => Result): Offloaded<Args, Result>
  offload<Args extends unknown[], Result> (name: string, options: OffloadOptions, run: (...args: Args) => Result): Offloaded<Args, Result>
  /** Gives a function that runs on the loop, wherever it is called; on the loop it is a plain call. */
  onLoop<Args extends unknown[], Result> (name: string, run: (...args: Args) => Result): OnLoop<Args, Result>
  /** In a worker, the signal of the offloaded call or of the blocking request that runs; undefined where none does, and on the loop. */
  readonly signal: AbortSignal | undefined
  /** Has the listed parts of an argument or a result moved instead of copied: `render(transfer(image, [image.buffer]))`. Gives the value. */
  transfer<Value extends object> (value: Value, list: readonly Transferable[]): Value
}

/** What both sides of a registration share. */
export interface Given {
  carriers: Carriers
  functions: Functions
  surrounded: SurroundedRoutes
}

/** What a registration is on the main thread, or in a worker. */
export interface Side {
  readonly functions: FunctionCalls
  readonly signal: AbortSignal | undefined
  transfer: typeof markTransfer
  openBackground (reply: FastifyReply): Background
  take (route: RouteOptions, planned: PlannedRoute): void
  /** Once every route has its plan; resolves when requests may come. */
  begin (plans: readonly Plan[]): Promise<void>
  /** The app will not begin. */
  abandon (error: unknown): void
  stats (): Stats
}

export async function blocking (fastify: FastifyInstance, options: BlockingOptions): Promise<void> {
  if (Object.hasOwn(fastify, 'blocking')) throw new RegisteredTwice(fastify.prefix)
  const settings = readOptions(options, fastify.initialConfig.pluginTimeout)
  const carriers = { ...await joinRequestContext(), ...await joinTelemetry(), ...settings.context }
  const contexts = new Contexts(fastify)
  const routes = new PlannedRoutes(settings, contexts)
  const functions = new Functions()
  joinWatch(fastify, settings.dispatch)
  const surrounded = new SurroundedRoutes(fastify)
  // Neither side loads what the other is made of.
  const { joinSide } = await (isWorker ? import('./worker/side.js') : import('./loop/side.js'))
  const side: Side = joinSide(fastify, settings, { carriers, functions, surrounded })
  const decorator: Blocking = {
    isWorker,
    stats: () => side.stats(),
    plan: (method, url) => describePlan(routes.find(method, url)),
    printPlan: (method, url) => printPlan(routes.find(method, url)),
    offload: (...declaration: [name: string, ...rest: unknown[]]) => createOffloaded(functions.declareOffload(...declaration), side.functions) as never,
    onLoop: (name, run) => createOnLoop(functions.declareOnLoop(name, run), side.functions) as never,
    get signal () { return side.signal },
    transfer: (value, list) => side.transfer(value, list)
  }
  fastify.decorate('blocking', decorator)
  decorateDependencies(fastify, contexts)
  decorateBackground(fastify, (reply) => side.openBackground(reply))

  // By which a route, and what a context has, is known to be below it.
  fastify.addHook('onRegister', function checkContext (context) {
    if (!Object.prototype.isPrototypeOf.call(fastify, context)) throw new UnknownVersion('fastify', fastify.version, 'contexts that have the one around them as their prototype')
  })
  fastify.addHook('onRoute', function takeRoute (route) {
    // A registration nearer to the route has taken it over.
    if (this.blocking !== decorator) return
    noteSeen(this, route)
    const planned = routes.add(this, route)
    if (!isWorker && planned?.marks.isBlocking !== true) warnOfGenerator(route)
    if (planned === undefined) return
    const { marks: { key, isBlocking, parse }, mark } = planned
    if (isBlocking) surrounded.add(this, route, key, mark, parse)
    side.take(route, planned)
  })
  fastify.addHook('onReady', async function beginSide () {
    try {
      contexts.close()
      functions.close()
      routes.refuseLateMarks()
      if (!isWorker) refuseUnseenRoutes(fastify, (instance) => contexts.hasAny(instance))
      await side.begin(routes.makePlans())
    } catch (error) {
      side.abandon(error)
      throw error
    }
  })
  countRegistration(fastify)
}
