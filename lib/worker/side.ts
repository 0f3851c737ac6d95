import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { type Background, BackgroundTasks } from '../request/background.js'
import type { Carriers } from '../context/carriers.js'
import { AppScope } from '../dependencies/app-scope.js'
import type { Plan } from '../dependencies/plan.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import { digestPlan } from '../dependencies/describe-plan.js'
import { LoopOnly } from '../errors.js'
import type { Functions } from '../functions/declare.js'
import type { Settings } from '../options/settings.js'
import type { SharedParts } from '../side.js'
import { identify } from '../registration.js'
import { type WorkerData, currentWorkerData, type RouteSurroundings } from '../wire/worker-data.js'
import { registerErrorClasses } from '../wire/error-classes.js'
import { markTransfer } from '../wire/arguments.js'
import { currentTask, trackTasks } from './visit/current-task.js'
import { visitOf } from './visit/raw-request.js'
import { takeRoute } from './boot/replica.js'
import { WorkerFunctions } from './functions/functions.js'

/** The registration of the plugin that this worker is there for. */
export interface AssignedRegistration {
  fastify: FastifyInstance
  /** See Report. */
  routes: Record<string, string>
  functions: Functions
  surroundings: RouteSurroundings
  /** Names of the option `errorClasses`. */
  errorClasses: string[]
  /** ms that a call may run, unless its function says otherwise. */
  timeout: number
  carriers: Carriers
}

let assigned: AssignedRegistration | undefined
let resolveAssigned: (registration: AssignedRegistration) => void
const assignment = new Promise<AssignedRegistration>((resolve) => { resolveAssigned = resolve })

export function whenAssigned (): Promise<AssignedRegistration> {
  return assignment
}

export function findAssigned (): AssignedRegistration | undefined {
  return assigned
}

/**
 * A thread may hold more than one copy of this package, as a loader such as tsx makes one for require() and one for
 * import. What they share is the assignment: the copy that builds the replica leaves its `join` there.
 */
const shared: Partial<WorkerData> & { join?: typeof joinRegistration } = currentWorkerData ?? {}

export function publishJoin (): void {
  shared.join = joinRegistration
}

export function createWorkerSide (fastify: FastifyInstance, settings: Settings, given: SharedParts): ReturnType<typeof joinRegistration> {
  return shared.join!(fastify, settings, given)
}

/** The worker's side of a registration. Others than the assigned one take no routes here: they have workers of their own. */
function joinRegistration (fastify: FastifyInstance, settings: Settings, { carriers, functions, surrounded }: SharedParts) {
  const isAssigned = assigned === undefined && isAssignedTo(fastify, settings)
  const apps = new AppScope('worker')
  // Of what is injected here.
  const backgrounds = new BackgroundTasks()
  const errorClasses = settings.errorClasses.map(({ class: { name } }) => name)
  const registration: AssignedRegistration = {
    fastify, routes: {}, functions, surroundings: { routes: {}, context: undefined }, errorClasses, timeout: settings.timeout, carriers
  }
  const restores: (() => void)[] = []
  if (isAssigned) {
    registerErrorClasses(settings.errorClasses, currentWorkerData!.errorClasses)
    resolveAssigned(assigned = registration)
  }
  fastify.addHook('onClose', async function closeDependencies () {
    await apps.close()
  })
  return {
    addRoute (route: RouteOptions, planned: PlannedRoute): void {
      if (isAssigned) restores.push(takeRoute(fastify, route, planned, apps, carriers))
    },
    async start (plans: readonly Plan[]): Promise<void> {
      if (functions.all.length > 0) trackTasks()
      for (const restore of restores) restore()
      if (!isAssigned) return
      for (const plan of plans) if (plan.isVisit) registration.routes[plan.route] = digestPlan(plan)
      registration.surroundings = { routes: surrounded.readRoutes(), context: isAlone(fastify) ? surrounded.readContext() : undefined }
      await apps.start(fastify, plans)
    },
    fail (): void {},
    openBackground: (reply: FastifyReply): Background => visitOf(reply.request)?.openBackground(reply.log) ?? backgrounds.of(reply),
    functions: new WorkerFunctions(isAssigned),
    get signal (): AbortSignal | undefined { return currentTask()?.signal },
    transfer: markTransfer,
    stats (): never {
      throw new LoopOnly('fastify.blocking.stats()')
    }
  }
}

function isAssignedTo (fastify: FastifyInstance, settings: Settings): boolean {
  if (currentWorkerData === undefined) return false
  const { module, form, exportName, prefix, ordinal, name } = identify(fastify, settings)
  if (name !== undefined || currentWorkerData.name !== undefined) return name === currentWorkerData.name
  return module === currentWorkerData.module && form === currentWorkerData.form && exportName === currentWorkerData.exportName &&
    prefix === currentWorkerData.prefix && (ordinal === currentWorkerData.ordinal || isAlone(fastify))
}

/** A plugin that is built by itself is the first of its kind, whichever it was on the main thread. */
const alone = new WeakSet<object>()

export function markAlone (fastify: FastifyInstance): void {
  alone.add(fastify.server)
}

function isAlone (fastify: FastifyInstance): boolean {
  return alone.has(fastify.server)
}
