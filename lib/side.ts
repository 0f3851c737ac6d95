import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify'
import type { Carriers } from './context/carriers.js'
import type { Plan } from './dependencies/plan.js'
import type { FunctionCalls, Functions } from './functions/declare.js'
import type { ObservedSide } from './observed-side.js'
import type { Background } from './request/background.js'
import type { SurroundedRoutes } from './routes/outer-context.js'
import type { PlannedRoute } from './routes/planned-routes.js'
import type { Stats } from './stats-types.js'
import type { markTransfer } from './wire/arguments.js'

/** Parts that both sides of a registration share. */
export interface SharedParts {
  carriers: Carriers
  functions: Functions
  /**
   * Returns labels of all that the registration declares by name: functions, error classes, contexts. Both
   * sides must declare the same.
   */
  declared: () => string[]
  surrounded: SurroundedRoutes
}

/** A registration on the main thread, or in a worker. */
export interface RegistrationSide {
  readonly functions: FunctionCalls
  readonly signal: AbortSignal | undefined
  transfer: typeof markTransfer
  openBackground (reply: FastifyReply): Background
  addRoute (instance: FastifyInstance, route: RouteOptions, planned: PlannedRoute): void
  /** Resolves when the app may go on to boot, see Executor.whenBegun(). */
  whenBegun (): Promise<void>
  /** Once every route has its plan; resolves when requests may come. */
  start (plans: readonly Plan[]): Promise<void>
  /** The app will not begin. */
  fail (error: unknown): void
  stats (): Stats
  /** See Blocking.isSaturated(). */
  isSaturated (): boolean
  /** Undefined in a worker, where nothing is looked at. */
  readonly observed: ObservedSide | undefined
}
