import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { AppScope } from '../dependencies/app-scope.js'
import { digestPlan, listOverrides, nameOfPlan } from '../dependencies/describe-plan.js'
import type { Plan } from '../dependencies/plan.js'
import { LoopOnly } from '../errors.js'
import type { Settings } from '../options/settings.js'
import { type Background, BackgroundTasks } from '../request/background.js'
import { digestSchema } from '../routes/digest-schema.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import type { SharedParts } from '../side.js'
import { markTransfer } from '../wire/arguments.js'
import { isCloneable, leavesMachine } from '../wire/cloneable.js'
import { registerErrorClasses } from '../wire/error-classes.js'
import { currentWorkerData, type WorkerData } from '../wire/worker-data.js'
import { assign, type AssignedRegistration, findAssigned, isAlone, isAssignedTo } from './boot/assigned.js'
import { takeRoute } from './boot/route-hooks.js'
import { WorkerFunctions } from './functions/functions.js'
import { currentCaller, trackCallers } from './visit/caller.js'
import { visitOf } from './visit/raw-request.js'

/**
 * A thread may have several copies of this package: a loader such as tsx makes one for require() and one for
 * import. All copies share this object, where the copy that builds the app puts its joinRegistration().
 */
const shared: Partial<WorkerData> & { join?: typeof joinRegistration } = currentWorkerData ?? {}

export function publishJoin (): void {
  shared.join = joinRegistration
}

export function createWorkerSide (
  fastify: FastifyInstance, settings: Settings, parts: SharedParts
): ReturnType<typeof joinRegistration> {
  return shared.join!(fastify, settings, parts)
}

/**
 * Makes the worker's side of a registration. Only the assigned registration takes routes in this worker: the
 * others have workers of their own.
 */
function joinRegistration (
  fastify: FastifyInstance, settings: Settings, { carriers, functions, declared, surrounded }: SharedParts
) {
  const isAssigned = findAssigned() === undefined && isAssignedTo(fastify, settings)
  const apps = new AppScope('worker')
  // Background work of requests that are injected in the worker.
  const backgrounds = new BackgroundTasks()
  const registration: AssignedRegistration = {
    fastify,
    routes: {},
    overrides: [],
    functions,
    surroundings: { routes: {}, parsing: {}, context: undefined },
    declared,
    timeout: settings.timeout,
    carriers
  }
  const restores: (() => void)[] = []
  /** Routes that never run in this worker. */
  const localRoutes = new Set<string>()
  const schemas = new Map<string, string>()
  if (isAssigned) {
    registerErrorClasses(settings.errorClasses, currentWorkerData!.errorClasses)
    assign(registration)
  }
  fastify.addHook('onClose', async function closeDependencies () {
    await apps.close()
  })
  return {
    addRoute (_instance: FastifyInstance, route: RouteOptions, planned: PlannedRoute): void {
      if (!isAssigned || planned.marks.socket === 'only') return
      if (leavesMachine && planned.marks.where === 'local') localRoutes.add(planned.marks.key)
      if (leavesMachine) schemas.set(planned.marks.key, digestSchema(route.schema))
      restores.push(takeRoute(fastify, route, planned, apps, carriers))
    },
    async whenBegun (): Promise<void> {},
    async start (plans: readonly Plan[]): Promise<void> {
      if (functions.all.length > 0) trackCallers()
      for (const restore of restores) restore()
      if (!isAssigned) return
      for (const plan of plans) if (plan.isVisit) registration.routes[nameOfPlan(plan)] = digestPlan(plan)
      registration.overrides = listOverrides(plans)
      if (schemas.size > 0) {
        registration.schemas = Object.fromEntries(
          [...schemas].filter(([key]) => Object.hasOwn(registration.routes, key))
        )
      }
      registration.surroundings = {
        routes: surrounded.readRoutes(),
        parsing: surrounded.readParsing(),
        context: isAlone(fastify) ? surrounded.readContext() : undefined
      }
      await apps.start(fastify, plans, (route, value) => localRoutes.has(route) || isCloneable(value))
    },
    fail (): void {},
    openBackground: (reply: FastifyReply): Background =>
      visitOf(reply.request)?.openBackground(reply.log) ?? backgrounds.of(reply),
    functions: new WorkerFunctions(isAssigned),
    get signal (): AbortSignal | undefined { return currentCaller()?.signal },
    transfer: markTransfer,
    isSaturated: (): boolean => false,
    observed: undefined,
    stats (): never {
      throw new LoopOnly('fastify.blocking.stats()')
    }
  }
}
