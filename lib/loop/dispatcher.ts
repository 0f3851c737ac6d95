import type { FastifyBaseLogger, FastifyInstance, RouteOptions } from 'fastify'
import type { Carriers } from '../context/carriers.js'
import { AppScope } from '../dependencies/app-scope.js'
import { digestPlan, nameOfPlan } from '../dependencies/describe-plan.js'
import type { Plan } from '../dependencies/plan.js'
import { NoLogger, UnknownVersion } from '../errors.js'
import type { Executor } from '../executor.js'
import type { Functions } from '../functions/declare.js'
import type { ObservedSide } from '../observed-side.js'
import type { Settings } from '../options/settings.js'
import { Admission } from '../queue/admission.js'
import { RouteQueue } from '../queue/route-queue.js'
import type { BackgroundTasks } from '../request/background.js'
import { comparedHooks, type SurroundedRoutes } from '../routes/outer-context.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import { type PrintedHooks, readPrintedHooks } from '../routes/printed-hooks.js'
import { isSerializable } from '../wire/byte-encoding.js'
import { isCloneable } from '../wire/cloneable.js'
import type { BootReport } from '../wire/worker-data.js'
import { hooksThatSee } from './body/place-body.js'
import { compareApp, type OwnApp } from './compare-app.js'
import { LoopFunctions } from './functions/functions.js'
import { InstalledRoute } from './installed-route.js'
import { ObservedLoopSide } from './observed-side.js'
import { lacksOnSend } from './response/onsend-hooks.js'
import { RouteHandlers } from './route-handlers.js'
import { SocketRoutes } from './socket-routes.js'
import { RouteMeters } from './visit/route-meters.js'
import type { BlockingRoute } from './visit/route-state.js'

/** The names of a route's hooks, by the tag of the route. */
type HooksOfRoutes = ReadonlyMap<string, PrintedHooks>

/** The dispatcher's surroundings. */
interface DispatcherContext {
  module: string
  backgrounds: BackgroundTasks
  logLevel: string
  /** That of the server, in bytes. */
  bodyLimit: number
  log: FastifyBaseLogger
  findReplaced: BlockingRoute['findReplacedLogMethods']
  carriers: Carriers
  functions: Functions
  surrounded: SurroundedRoutes
  declared: () => string[]
}

/** The loop's side of one registration: its routes, its queue and its workers. */
export class Dispatcher {
  readonly apps = new AppScope('loop')
  readonly functions: LoopFunctions
  readonly observed: ObservedSide
  readonly #installed = new Map<string, InstalledRoute>()
  readonly #routes = new Map<string, BlockingRoute>()
  readonly #sockets = new SocketRoutes()
  readonly #meters = new RouteMeters()
  readonly #admission: Admission
  readonly #executor: Executor
  readonly #settings: Settings
  readonly #context: DispatcherContext

  constructor (executor: Executor, settings: Settings, context: DispatcherContext) {
    this.#executor = executor
    this.#settings = settings
    this.#context = context
    this.#admission = new Admission(executor, settings.queue)
    this.functions = new LoopFunctions(context.functions, this.#admission, settings, context.carriers)
    this.observed = new ObservedLoopSide({
      executor,
      admission: this.#admission,
      functions: this.functions,
      meters: this.#meters,
      routes: this.#routes,
      planOf: (key) => this.#installed.get(key)!.planned.plan!
    })
  }

  /** Replaces the route's handler. start() sets the replacement once the route has a plan. */
  addRoute (instance: FastifyInstance, route: RouteOptions, planned: PlannedRoute): void {
    const { key, socket, isBlocking, isMeasured } = planned.marks
    if (socket !== undefined) this.#sockets.add(route, planned)
    if (socket === 'only') return
    this.#meters.add(instance, route)
    this.#installed.set(key, new InstalledRoute(instance, route, planned, this.#context.bodyLimit))
    if (isBlocking || isMeasured) this.#addBlockingRoute(planned)
  }

  #addBlockingRoute (
    {
      marks: { key, timeout, handlerTimeout, isTerminable, priority, concurrency, where, isDeferred }
    }: PlannedRoute
  ): void {
    if (this.#routes.has(key)) return
    const { logLevel, findReplaced, carriers } = this.#context
    this.#routes.set(key, {
      queue: new RouteQueue(key, priority, concurrency),
      meter: this.#meters.get(key),
      timeout,
      handlerTimeout,
      isTerminable,
      where,
      grace: this.#settings.grace,
      isDeferred,
      hasTeardown: false,
      mayReturnBytes: false,
      isSeen: true,
      logLevel,
      findReplacedLogMethods: findReplaced,
      carriers,
      knownUncloneable: new Set()
    })
  }

  /** Makes the dependencies of lifetime "app". `isRemote`: routes may run on worker hosts. */
  async startApps (fastify: FastifyInstance, plans: Iterable<Plan>, isRemote: boolean): Promise<void> {
    await this.apps.start(fastify, plans, (route, value) => {
      const { where } = this.#installed.get(route)!.planned.marks
      return isRemote && where !== 'local' ? isSerializable(value) : isCloneable(value)
    })
  }

  /** Called once every route has its plan and the workers have booted. */
  async start (fastify: FastifyInstance, reports: BootReport[]): Promise<void> {
    const hooks = readPrintedHooks(fastify, [...hooksThatSee, ...comparedHooks])
    if (hooks.size === 0) this.#warnOfHooks(fastify)
    this.#completeRoutes(hooks)
    const own = this.#describeApp(hooks)
    this.#announceApp(own)
    for (const report of reports) compareApp(own, report)
    if (reports.length > 0) this.#warnOfLogger(fastify, reports[0]!)
    this.functions.start()
    this.#setHandlers()
    await this.#decideBodies(fastify, hooks, reports)
    let isDecided = reports.length > 0
    this.#executor.onBoot((report) => {
      compareApp(own, report)
      if (isDecided) return
      isDecided = true
      this.#warnOfLogger(fastify, report)
      this.#decideBodies(fastify, hooks, [report]).catch((error: unknown) => this.fail(error))
    }, (error) => this.#admission.fail(error))
  }

  #warnOfHooks ({ log, version }: FastifyInstance): void {
    const marks = [...this.#installed.values()].map(({ planned }) => planned.marks)
    if (!marks.some(({ isBlocking, isMeasured }) => isBlocking || isMeasured)) return
    log.warn(new UnknownVersion(
      'fastify',
      version,
      'names of hooks in what printRoutes() gives; long texts and bodies cross more slowly'
    ))
  }

  /** Adds what is known of the routes with visits once they have plans and Fastify has their hooks. */
  #completeRoutes (hooks: HooksOfRoutes): void {
    for (const [key, { planned, workerPlan, visitPlans }] of this.#installed) {
      if (visitPlans.length === 0) continue
      this.#addBlockingRoute(planned)
      const route = this.#routes.get(key)!
      const own = hooks.get(planned.tag)
      route.mayReturnBytes = lacksOnSend(own, planned.tag)
      route.isSeen = !route.mayReturnBytes || own!.onResponse !== undefined ||
        workerPlan.nodes.some(({ side }) => side === 'loop')
      route.hasTeardown = workerPlan.hasTeardown
    }
    for (const installed of this.#installed.values()) installed.restoreSchema()
  }

  #describeApp (hooks: HooksOfRoutes): OwnApp {
    const { module, declared, surrounded } = this.#context
    const visited = [...this.#routes.keys()].map((key) => [key, this.#installed.get(key)!] as const)
    return {
      module,
      plans: new Map(visited.flatMap(([, { visitPlans }]) => visitPlans)
        .map((plan) => [nameOfPlan(plan), plan])),
      schemas: new Map(visited.map(([key, { schema }]) => [key, schema])),
      declared: declared(),
      around: surrounded.readRoutes(hooks),
      readOuterContext: () => surrounded.readOuterContext()
    }
  }

  /** Tells the executor what hosts must have in common with this app. */
  #announceApp ({ plans, declared }: OwnApp): void {
    const all = [...this.#installed.values()]
    this.#executor.appBuilt?.([
      ...[...plans].map(([key, plan]) => `${key}: ${digestPlan(plan)}`),
      ...declared,
      ...all.map(({ schema }) => schema)
    ], this.functions.needRemote || all.some(({ planned: { marks } }) => marks.where === 'remote'))
  }

  #setHandlers (): void {
    const { backgrounds, log } = this.#context
    const { grace, threshold } = this.#settings
    const handlers = new RouteHandlers({
      admission: this.#admission,
      apps: this.apps,
      backgrounds,
      callers: this.functions.callers,
      grace,
      threshold,
      log,
      moves: this.observed.moves
    })
    for (const [key, installed] of this.#installed) {
      installed.start(handlers.create(installed.planned, installed.handler, this.#routes.get(key)))
    }
    this.#sockets.start(this.apps, backgrounds)
  }

  async #decideBodies (
    fastify: FastifyInstance, hooks: HooksOfRoutes, reports: readonly BootReport[]
  ): Promise<void> {
    const parsing = this.#context.surrounded.readParsing()
    for (const [key, installed] of this.#installed) {
      await installed.decideBody(fastify, hooks.get(installed.planned.tag), parsing[key]!, reports)
    }
  }

  #warnOfLogger ({ log }: FastifyInstance, { hasLogger }: BootReport): void {
    if (log.level !== undefined && !hasLogger) log.warn(new NoLogger(this.#context.module))
  }

  /** Called if the boot has failed: every request gets an error with this cause. */
  fail (error: unknown): void {
    for (const installed of this.#installed.values()) installed.fail(error)
    this.#sockets.fail(error)
  }

  /** Closes the queue: requests that wait in it, or come later, are answered 503. */
  close (): void {
    this.#admission.close()
  }
}
