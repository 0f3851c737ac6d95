import type { Dependency } from './dependency.js'

/*
 * The plan of a route: which dependencies it needs, in which order, and on which side. It is made once, at
 * boot, and is the same on both sides. Phases alternate: even ones run on the loop, odd ones in the worker. A
 * dependency goes into the earliest phase of its side in which its needs are met, so that the number of
 * phases is minimal.
 */

export type Side = 'loop' | 'worker'

export interface PlannedDependency {
  readonly index: number
  /** Names by which the dependency was first asked for, from the route on: `account.user`. */
  readonly label: string
  /** The same with the route, for errors at boot: `GET /statement → account → user`. */
  readonly path: string
  readonly dependency: Dependency
  /** Whether it replaces another dependency, by `overrideDependency`. */
  readonly isOverride: boolean
  /** Scopes that it is to check; undefined if neither it nor what it needs reads them. */
  readonly scopes: readonly string[] | undefined
  readonly side: Side
  /** Index of its level; 0 is the outermost context with dependencies. */
  readonly level: number
  readonly phase: number
  readonly needs: readonly Need[]
  /** Number of its needs that are resolved in the same level of the same phase. */
  readonly pendingNeeds: number
  /** Nodes of the same level and phase that need this one. */
  readonly followers: readonly PlannedDependency[]
}

/** Hooks of Fastify in which dependencies may run. */
export type EarlyHook = (typeof earlyHooks)[number]
export const earlyHooks = ['onRequest', 'preValidation'] as const

/** A dependency, and the name under which its value is handed in. */
export interface Need {
  readonly name: string
  readonly node: PlannedDependency
}

export interface Phase {
  /**
   * Levels, those of earlier hooks first, then outermost first, resolved one after the other. In a level each
   * node comes after those that it needs.
   */
  readonly levels: readonly (readonly PlannedDependency[])[]
  /** Nodes whose values the other side needs in a later phase. */
  readonly crossing: readonly PlannedDependency[]
  /** Whether a generator of this phase is known at boot. A function may still return one that is not. */
  readonly hasTeardown: boolean
  /** Whether a node of this phase ends before the answer is serialized. */
  readonly endsBeforeSerialization: boolean
  /** Whether a node of this phase ends when the response is over. */
  readonly endsLate: boolean
}

export interface Plan {
  /** Key of the route. */
  readonly route: string
  /** Names of the declared overrides that are in use, in the order of their declaration. */
  readonly overrides: readonly string[]
  readonly handler: Side
  readonly handlerPhase: number
  readonly nodes: readonly PlannedDependency[]
  /** The entries of `request.dependencies`. */
  readonly provided: readonly Need[]
  readonly phases: readonly Phase[]
  /** How many levels of the first phase are resolved at the end of each hook before the handler. */
  readonly levelsAfter: Readonly<Record<EarlyHook, number>>
  /** Whether any part of the route runs in a worker. */
  readonly isVisit: boolean
  /** Whether a phase of either side has a generator that is known at boot. */
  readonly hasTeardown: boolean
}

export function isEarly ({ hook }: Dependency): boolean {
  return hook !== 'handler'
}

export function endsBeforeSerialization ({ endsAt }: Dependency): boolean {
  return endsAt === 'preSerialization'
}

/** Whether a dependency has lifetime "request". The values of lifetime "app" exist before any request. */
export function isOfRequest ({ dependency }: PlannedDependency): boolean {
  return dependency.lifetime === 'request'
}
