import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import { type Background, Backgrounds } from '../request/background.js'
import type { Carriers } from '../context/carriers.js'
import { AppValues } from '../dependencies/app-scope.js'
import type { Plan } from '../dependencies/plan.js'
import type { PlannedRoute } from '../routes/planned-routes.js'
import { digestPlan } from '../dependencies/describe-plan.js'
import { LoopOnly } from '../errors.js'
import type { Functions } from '../functions/declare.js'
import type { Settings } from '../options/settings.js'
import type { Given } from '../side.js'
import { identify } from '../registration.js'
import { type Assignment, assignment, type Surroundings } from '../wire/worker-data.js'
import { openErrorClasses } from '../wire/error-classes.js'
import { markTransfer } from '../wire/arguments.js'
import { findCurrent, followCurrent } from './visit/current-task.js'
import { visitOf } from './visit/raw-request.js'
import { takeRoute } from './boot/replica.js'
import { WorkerFunctions } from './functions/functions.js'

/** The registration of the plugin that this worker is there for. */
export interface Joined {
  fastify: FastifyInstance
  /** See Report. */
  routes: Record<string, string>
  functions: Functions
  surroundings: Surroundings
  /** Names of the option `errorClasses`. */
  errorClasses: string[]
  /** ms that a call may run, unless its function says otherwise. */
  timeout: number
  carriers: Carriers
}

let current: Joined | undefined
let announce: (joined: Joined) => void
const joining = new Promise<Joined>((resolve) => { announce = resolve })

export function whenJoined (): Promise<Joined> {
  return joining
}

export function hasJoined (): Joined | undefined {
  return current
}

/**
 * A thread may hold more than one copy of this package, as a loader such as tsx makes one for require() and one for
 * import. What they share is the assignment: the copy that builds the replica leaves its `join` there.
 */
const shared: Partial<Assignment> & { join?: typeof join } = assignment ?? {}

export function openJoining (): void {
  shared.join = join
}

export function joinSide (fastify: FastifyInstance, settings: Settings, given: Given): ReturnType<typeof join> {
  return shared.join!(fastify, settings, given)
}

/** The worker's side of a registration. Others than the assigned one take no routes here: they have workers of their own. */
function join (fastify: FastifyInstance, settings: Settings, { carriers, functions, surrounded }: Given) {
  const isAssigned = current === undefined && isSame(fastify, settings)
  const apps = new AppValues('worker')
  // Of what is injected here.
  const backgrounds = new Backgrounds()
  const errorClasses = settings.errorClasses.map(({ class: { name } }) => name)
  const joined: Joined = {
    fastify, routes: {}, functions, surroundings: { routes: {}, context: undefined }, errorClasses, timeout: settings.timeout, carriers
  }
  const restores: (() => void)[] = []
  if (isAssigned) {
    openErrorClasses(settings.errorClasses, assignment!.errorClasses)
    announce(current = joined)
  }
  fastify.addHook('onClose', async function closeDependencies () {
    await apps.close()
  })
  return {
    take (route: RouteOptions, planned: PlannedRoute): void {
      if (isAssigned) restores.push(takeRoute(fastify, route, planned, apps, carriers))
    },
    async begin (plans: readonly Plan[]): Promise<void> {
      if (functions.all.length > 0) followCurrent()
      for (const restore of restores) restore()
      if (!isAssigned) return
      for (const plan of plans) if (plan.isVisit) joined.routes[plan.route] = digestPlan(plan)
      joined.surroundings = { routes: surrounded.readRoutes(), context: isAlone(fastify) ? surrounded.readContext() : undefined }
      await apps.start(fastify, plans)
    },
    abandon (): void {},
    openBackground: (reply: FastifyReply): Background => visitOf(reply.request)?.openBackground(reply.log) ?? backgrounds.of(reply),
    functions: new WorkerFunctions(isAssigned),
    get signal (): AbortSignal | undefined { return findCurrent()?.signal },
    transfer: markTransfer,
    stats (): never {
      throw new LoopOnly('fastify.blocking.stats()')
    }
  }
}

function isSame (fastify: FastifyInstance, settings: Settings): boolean {
  if (assignment === undefined) return false
  const { module, form, exportName, prefix, ordinal, name } = identify(fastify, settings)
  if (name !== undefined || assignment.name !== undefined) return name === assignment.name
  return module === assignment.module && form === assignment.form && exportName === assignment.exportName &&
    prefix === assignment.prefix && (ordinal === assignment.ordinal || isAlone(fastify))
}

/** A plugin that is built by itself is the first of its kind, whichever it was on the main thread. */
const alone = new WeakSet<object>()

export function buildAlone (fastify: FastifyInstance): void {
  alone.add(fastify.server)
}

function isAlone (fastify: FastifyInstance): boolean {
  return alone.has(fastify.server)
}
