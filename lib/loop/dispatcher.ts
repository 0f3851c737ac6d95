import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { Carriers } from '../context/carriers.js'
import { AppScope } from '../dependencies/app-scope.js'
import { digestPlan } from '../dependencies/describe-plan.js'
import type { Plan } from '../dependencies/plan.js'
import { CalledTooEarly, NoLogger, UnknownVersion } from '../errors.js'
import type { Executor } from '../executor.js'
import type { Functions } from '../functions/declare.js'
import type { ObservedSide } from '../observed-side.js'
import type { Settings } from '../options/settings.js'
import { Admission } from '../queue/admission.js'
import { RouteQueue } from '../queue/route-queue.js'
import type { BackgroundTasks } from '../request/background.js'
import { digestSchema } from '../routes/digest-schema.js'
import { comparedHooks, type SurroundedRoutes } from '../routes/outer-context.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import { type PrintedHooks, readPrintedHooks } from '../routes/printed-hooks.js'
import { isSerializable } from '../wire/byte-encoding.js'
import { isCloneable } from '../wire/cloneable.js'
import type { BootReport } from '../wire/worker-data.js'
import { deferParsing } from './body/deferred-parsing.js'
import { mayHaveBody } from './body/parse-body.js'
import { hooksThatSee } from './body/place-body.js'
import { RouteBody } from './body/route-body.js'
import { checkCookies, CookieValidation } from './cookie-validation.js'
import { compareApp, type OwnApp } from './compare-app.js'
import { LoopFunctions } from './functions/functions.js'
import { ObservedLoopSide } from './observed-side.js'
import { addEarlyHooks } from './plan/early-hooks.js'
import { addTeardownHooks } from './plan/handler.js'
import { createSocketHook, type ResolveForSocket } from './plan/socket-run.js'
import { lacksOnSend, tagOnSend } from './response/onsend-hooks.js'
import { type CreatedHandlers, type Handler, RouteHandlers } from './route-handlers.js'
import { RouteMeters } from './visit/route-meters.js'
import type { BlockingRoute } from './visit/route-state.js'

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
  readonly #sockets: SocketRoute[] = []
  readonly #meters = new RouteMeters()
  readonly #restoreSchemas: (() => void)[] = []
  readonly #admission: Admission
  readonly #executor: Executor
  readonly #module: string
  readonly #backgrounds: BackgroundTasks
  readonly #logLevel: string
  readonly #bodyLimit: number
  readonly #findReplaced: BlockingRoute['findReplacedLogMethods']
  readonly #carriers: Carriers
  readonly #declared: () => string[]
  readonly #surrounded: SurroundedRoutes
  readonly #log: FastifyBaseLogger
  /** The grace period in ms. */
  readonly #grace: number
  /** See Settings. */
  readonly #threshold: number

  constructor (
    executor: Executor,
    settings: Settings,
    {
      module, backgrounds, logLevel, bodyLimit, log, findReplaced, carriers, functions, declared, surrounded
    }: DispatcherContext
  ) {
    this.#executor = executor
    this.#admission = new Admission(executor, settings.queue)
    this.functions = new LoopFunctions(functions, this.#admission, settings, carriers)
    this.observed = new ObservedLoopSide({
      executor,
      admission: this.#admission,
      functions: this.functions,
      meters: this.#meters,
      routes: this.#routes,
      planOf: (key) => this.#installed.get(key)!.planned.plan!
    })
    this.#declared = declared
    this.#grace = settings.grace
    this.#threshold = settings.threshold
    this.#log = log
    this.#module = module
    this.#backgrounds = backgrounds
    this.#logLevel = logLevel
    this.#bodyLimit = bodyLimit
    this.#findReplaced = findReplaced
    this.#carriers = carriers
    this.#surrounded = surrounded
  }

  /** Replaces the route's handler. start() sets the replacement once the route has a plan. */
  addRoute (instance: FastifyInstance, route: RouteOptions, planned: PlannedRoute): void {
    if (planned.marks.socket !== undefined) this.#addSocketRoute(route, planned)
    if (planned.marks.socket === 'only') return
    const taken: InstalledRoute = {
      planned,
      schema: digestSchema(route.schema),
      handle: rejectEarly(planned.marks.key),
      begin: rejectEarly(planned.marks.key)
    }
    if (planned.marks.isBlocking && mayHaveBody(route)) {
      taken.body = new RouteBody(instance, route, planned, this.#bodyLimit)
    }
    if (planned.validatesCookies) taken.cookies = new CookieValidation(instance, route)
    this.#installed.set(planned.marks.key, taken)
    this.#meters.add(instance, route)
    if (planned.levels.length > 0) addTeardownHooks(route)
    if (planned.marks.isBlocking || planned.marks.isMeasured) {
      tagOnSend(route, planned.tag)
      if (planned.marks.isDeferred) {
        this.#restoreSchemas.push(deferParsing(route, planned.marks, this.#bodyLimit))
      }
      this.#addBlockingRoute(planned)
    }
    addEarlyHooks(route, planned.earlyHooks, (request, reply) => taken.begin(request, reply))
    const { handler } = route
    // Fastify makes a HEAD route from a GET route, whose handler may have been replaced already.
    const original = originalHandlers.get(handler) ?? handler
    route.handler = function handleAsPlanned (
      this: FastifyInstance, request: FastifyRequest, reply: FastifyReply
    ): unknown {
      return taken.handle.call(this, request, reply)
    }
    if (planned.marks.mayUpgrade) route.handler = passUpgrades(handler, route.handler)
    originalHandlers.set(route.handler, original)
    taken.handler = original
    taken.body?.noteInstalled()
  }

  /** Makes the dependencies of lifetime "app". `isRemote`: routes may run on worker hosts. */
  async startApps (fastify: FastifyInstance, plans: Iterable<Plan>, isRemote: boolean): Promise<void> {
    await this.apps.start(fastify, plans, (route, value) => {
      const { where } = this.#installed.get(route)!.planned.marks
      return isRemote && where !== 'local' ? isSerializable(value) : isCloneable(value)
    })
  }

  /** Adds a hook that resolves the dependencies before an upgrade. */
  #addSocketRoute (route: RouteOptions, planned: PlannedRoute): void {
    const taken: SocketRoute = { planned, resolve: rejectEarly(planned.marks.key) as ResolveForSocket }
    this.#sockets.push(taken)
    async function resolveForSocket (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      return isUpgrade(request) ? await taken.resolve(request, reply) : undefined
    }
    const hooks = [route.preHandler ?? [], resolveForSocket].flat()
    route.preHandler = hooks as NonNullable<RouteOptions['preHandler']>
  }

  /** Called once every route has its plan and the workers have booted. */
  async start (fastify: FastifyInstance, reports: BootReport[]): Promise<void> {
    const hooks = readPrintedHooks(fastify, [...hooksThatSee, ...comparedHooks])
    const all = [...this.#installed.values()]
    if (hooks.size === 0 && all.some(({ planned: { marks } }) => marks.isBlocking || marks.isMeasured)) {
      fastify.log.warn(new UnknownVersion(
        'fastify',
        fastify.version,
        'names of hooks in what printRoutes() gives; long texts and bodies cross more slowly'
      ))
    }
    for (const [key, { planned }] of this.#installed) {
      const plan = workerPlanOf(planned)
      if (!plan.isVisit) continue
      this.#addBlockingRoute(planned)
      const visited = this.#routes.get(key)!
      const own = hooks.get(planned.tag)
      visited.mayReturnBytes = lacksOnSend(own, planned.tag)
      visited.isSeen = !visited.mayReturnBytes || own!.onResponse !== undefined ||
        plan.nodes.some(({ side }) => side === 'loop')
      visited.hasTeardown = plan.hasTeardown
    }
    for (const restore of this.#restoreSchemas) restore()
    const keys = [...this.#routes.keys()]
    const own: OwnApp = {
      module: this.#module,
      plans: new Map(keys.map((key) => [key, workerPlanOf(this.#installed.get(key)!.planned)])),
      schemas: new Map(keys.map((key) => [key, this.#installed.get(key)!.schema])),
      declared: this.#declared(),
      around: this.#surrounded.readRoutes(hooks),
      readOuterContext: () => this.#surrounded.readOuterContext()
    }
    this.#executor.appBuilt?.([
      ...[...own.plans].map(([key, plan]) => `${key}: ${digestPlan(plan)}`),
      ...own.declared,
      ...all.map(({ schema }) => schema)
    ], this.functions.needRemote || all.some(({ planned: { marks } }) => marks.where === 'remote'))
    for (const report of reports) compareApp(own, report)
    if (reports.length > 0) this.#warnOfLogger(fastify, reports[0]!)
    this.functions.start()
    const handlers = new RouteHandlers({
      admission: this.#admission,
      apps: this.apps,
      backgrounds: this.#backgrounds,
      callers: this.functions.callers,
      grace: this.#grace,
      threshold: this.#threshold,
      log: this.#log,
      moves: this.observed.moves
    })
    for (const [key, taken] of this.#installed) {
      taken.cookies?.start()
      const { handle, begin } = handlers.create(taken.planned, taken.handler!, this.#routes.get(key))
      taken.handle = taken.cookies === undefined ? handle : checkCookies(taken.cookies, handle)
      taken.begin = begin
    }
    for (const taken of this.#sockets) {
      taken.resolve = createSocketHook({
        plan: taken.planned.socketPlan!, apps: this.apps, backgrounds: this.#backgrounds
      })
    }
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

  #warnOfLogger ({ log }: FastifyInstance, { hasLogger }: BootReport): void {
    if (log.level !== undefined && !hasLogger) log.warn(new NoLogger(this.#module))
  }

  async #decideBodies (
    fastify: FastifyInstance, hooks: ReadonlyMap<string, PrintedHooks>, reports: readonly BootReport[]
  ): Promise<void> {
    const parsing = this.#surrounded.readParsing()
    for (const [key, { planned, handle, body }] of this.#installed) {
      await body?.decide(fastify, hooks.get(planned.tag), parsing[key]!, reports, handle)
    }
  }

  /** Called if the boot has failed: every request gets an error with this cause. */
  fail (error: unknown): void {
    for (const [key, taken] of this.#installed) taken.handle = taken.begin = rejectEarly(key, error)
    for (const taken of this.#sockets) {
      taken.resolve = rejectEarly(taken.planned.marks.key, error) as ResolveForSocket
    }
  }

  #addBlockingRoute (
    {
      marks: { key, timeout, handlerTimeout, isTerminable, priority, concurrency, where, isDeferred }
    }: PlannedRoute
  ): void {
    if (this.#routes.has(key)) return
    this.#routes.set(key, {
      queue: new RouteQueue(key, priority, concurrency),
      meter: this.#meters.get(key),
      timeout,
      handlerTimeout,
      isTerminable,
      where,
      grace: this.#grace,
      isDeferred,
      hasTeardown: false,
      mayReturnBytes: false,
      isSeen: true,
      logLevel: this.#logLevel,
      findReplacedLogMethods: this.#findReplaced,
      carriers: this.#carriers,
      knownUncloneable: new Set()
    })
  }

  /** Closes the queue: requests that wait in it, or come later, are answered 503. */
  close (): void {
    this.#admission.close()
  }
}

interface InstalledRoute extends CreatedHandlers {
  planned: PlannedRoute
  /** See digestSchema(). */
  schema: string
  /** Set if the handler is blocking and may get a body. */
  body?: RouteBody
  /** Set if dependencies have a schema of the cookies. */
  cookies?: CookieValidation
  /** The app's own handler. */
  handler?: Handler
  /** The handler that replaces the app's own. Until start() it throws an error, and so does `begin`. */
  handle: Handler
}

interface SocketRoute {
  planned: PlannedRoute
  /** Until start() it throws an error. */
  resolve: ResolveForSocket
}

/** Returns the plan by which workers know a route. */
function workerPlanOf ({ plan, plans }: PlannedRoute): Plan {
  return plans?.worker ?? plan!
}

/**
 * Makes the handler of a route whose app is not ready yet, or has failed to boot: Fastify serves requests
 * even after a boot that has failed.
 */
function rejectEarly (key: string, cause?: unknown): () => never {
  return function refuseRequest () {
    const error = new CalledTooEarly(`route ${key}`)
    error.cause = cause
    throw error
  }
}

/**
 * Passes upgrades to the wrapped handler. @fastify/websocket, if registered before, has wrapped the handler,
 * and its wrapper accepts or refuses an upgrade.
 */
function passUpgrades (wrapped: Handler, handle: Handler): Handler {
  return function handleUpgradeOrAsPlanned (request, reply) {
    return isUpgrade(request) ? wrapped.call(this, request, reply) : handle.call(this, request, reply)
  }
}

/** Whether @fastify/websocket has been asked for an upgrade. */
function isUpgrade ({ ws }: FastifyRequest & { ws?: boolean | null }): boolean {
  return ws === true
}

const originalHandlers = new WeakMap<object, Handler>()
