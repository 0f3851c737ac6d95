import type { FastifyInstance, RouteOptions } from 'fastify'
import { type Carriers, knownCarriers } from './context.js'
import { Contexts } from './dependencies/contexts.js'
import { decorateDependencies } from './dependencies/decorate.js'
import type { Plan } from './dependencies/plan.js'
import { type PlannedRoute, PlannedRoutes } from './dependencies/planned-routes.js'
import { describePlan, printPlan, type RoutePlan } from './dependencies/print.js'
import { refuseEarlyRoutes, refuseRoutesElsewhere } from './dispatch/early-routes.js'
import { writeLine } from './dispatch/log.js'
import { Loop, type Stats } from './dispatch/loop.js'
import { RegisteredTwice } from './errors.js'
import { type BlockingOptions, readOptions, type Settings } from './options.js'
import { Threads } from './pool/threads.js'
import { identify, readLogLevels, readServerOptions } from './registration.js'
import { joinTelemetry } from './telemetry.js'
import { isWorker } from './wire/assignment.js'
import { joinReplica } from './worker/join.js'

/** `fastify.blocking` */
export interface Blocking {
  /** Whether this is a worker's copy of the app; to leave out its cron jobs and migrations there. */
  readonly isWorker: boolean
  /** Threads, queue, counts and times, in all and by route. Throws FST_BLOCKING_LOOP_ONLY in a worker. */
  stats (): Stats
  /** What of a route runs where; once the app is ready. Throws FST_BLOCKING_NO_SUCH_ROUTE. */
  plan (method: string, url: string): RoutePlan
  /** The same as a tree. */
  printPlan (method: string, url: string): string
}

/** What a registration is on the main thread, or in a worker. */
export interface Side {
  take (route: RouteOptions, planned: PlannedRoute): void
  /** Once every route has its plan; resolves when requests may come. */
  begin (plans: readonly Plan[]): Promise<void>
  /** The app will not begin. */
  abandon (): void
  stats (): Stats
}

export async function blocking (fastify: FastifyInstance, options: BlockingOptions): Promise<void> {
  if (Object.hasOwn(fastify, 'blocking')) throw new RegisteredTwice(fastify.prefix)
  const settings = readOptions(options, fastify.initialConfig.pluginTimeout)
  const carriers = { ...knownCarriers, ...await joinTelemetry(), ...settings.context }
  const contexts = new Contexts(fastify)
  const routes = new PlannedRoutes(settings, contexts)
  const side: Side = isWorker ? joinReplica(fastify, settings, carriers) : startLoop(fastify, settings, carriers)
  const decorator: Blocking = {
    isWorker,
    stats: () => side.stats(),
    plan: (method, url) => describePlan(routes.find(method, url)),
    printPlan: (method, url) => printPlan(routes.find(method, url))
  }
  fastify.decorate('blocking', decorator)
  decorateDependencies(fastify, contexts)

  fastify.addHook('onRoute', function takeRoute (route) {
    // A registration nearer to the route has taken it over.
    if (this.blocking !== decorator) return
    const planned = routes.add(this, route)
    if (planned !== undefined) side.take(route, planned)
  })
  fastify.addHook('onReady', async function beginSide () {
    try {
      contexts.close()
      await side.begin(routes.makePlans())
    } catch (error) {
      side.abandon()
      throw error
    }
  })
}

function startLoop (fastify: FastifyInstance, settings: Settings, carriers: Carriers): Side {
  refuseEarlyRoutes(fastify)
  const registration = identify(fastify, settings)
  const { workerHooks } = settings
  const log = readLogLevels(fastify)
  const executor = new Threads({ ...registration, server: readServerOptions(fastify), workerHooks, log }, settings, fastify.log)
  executor.onLine((line) => writeLine(line, fastify))
  const loop = new Loop(executor, settings, { module: registration.module, logLevel: log.level, carriers })
  // Workers boot while the main thread does.
  const started = executor.start()
  started.catch(() => {}) // awaited by begin

  // Begun before Fastify waits for connections to end, since what a visit holds up would never end.
  let closed: Promise<void> | undefined
  fastify.addHook('preClose', async function refuseVisits () {
    loop.refuse()
    closed = executor.close()
  })
  fastify.addHook('onClose', async function awaitClosed () {
    await closed
    await loop.apps.close()
  })
  return {
    take: (route, planned) => loop.take(route, planned),
    async begin (plans) {
      refuseRoutesElsewhere(fastify)
      await loop.apps.start(fastify, plans)
      loop.begin(fastify, await started)
    },
    abandon: () => { executor.close() }, // not awaited, see Threads.start
    stats: () => loop.stats()
  }
}
