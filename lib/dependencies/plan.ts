import {
  DependencyCycle, DependencyLifetime, DependencyOutlives, DependencyTooEarly, UnreadScopes
} from '../errors.js'
import type { Dispatch } from '../options/settings.js'
import { type Dependency, dependencyHooks, readDependencies } from './dependency.js'
import { giveScopes, keyOfScopes, readsScopes } from './scopes.js'
import { readUse } from './use.js'

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
  /** Whether a node of this phase ends when the response is over. */
  readonly endsLate: boolean
}

export interface Plan {
  /** Key of the route. */
  readonly route: string
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

/** Settings that decide on which side a dependency runs, and which dependency replaces it. */
export interface Rules {
  dispatch: Dispatch
  overrides: ReadonlyMap<Dependency, Dependency>
}

/**
 * Makes the plan of a route. `levels`: the dependencies of its contexts, outermost first, then its own.
 * Throws FST_BLOCKING_DEPENDENCY_CYCLE, FST_BLOCKING_DEPENDENCY_LIFETIME,
 * FST_BLOCKING_DEPENDENCY_TOO_EARLY and FST_BLOCKING_UNREAD_SCOPES.
 */
export function makePlan (
  route: string, handler: Side, levels: readonly Readonly<Record<string, Dependency>>[], rules: Rules
): Plan {
  const nodes: UnfinishedNode[] = []
  const cached = new Map<Dependency, UnfinishedNode[]>()
  const givers = new Map<string, Dependency>()
  const provided = new Map<string, PlannedDependency>()
  for (const [level, dependencies] of levels.entries()) {
    const floors = {
      loop: earliest('loop', nodes.filter(isOfRequest)), worker: earliest('worker', nodes.filter(isOfRequest))
    }
    for (const [name, asked] of Object.entries(dependencies)) {
      provided.set(name, add(name, asked, level, floors, [], []))
    }
  }

  function add (
    name: string,
    asked: Dependency,
    level: number,
    floors: Record<Side, number>,
    above: readonly NamedDependency[],
    inherited: readonly string[]
  ): UnfinishedNode {
    const use = readUse(asked, inherited, rules.overrides)
    const dependency = use.dependency.givesScopes === true
      ? giveScopesTo(above.at(-1)?.dependency, use.scopes)
      : use.dependency
    const chain = [...above, { name, dependency }]
    const path = [route, ...chain.map((one) => one.name)].join(' → ')
    if (above.some((one) => one.dependency === dependency)) throw new DependencyCycle(path)
    checkScopes(asked, path)
    const scopes = readsScopes(dependency, path, rules.overrides) ? use.scopes : undefined
    const shared = cached.get(dependency) ?? []
    cached.set(dependency, shared)
    const known = use.isShared ? shared.find((node) => isSameSet(node.scopes, scopes)) : undefined
    if (known !== undefined) return known
    const needs = Object.entries(readDependencies(dependency.dependencies, path))
      .map(([name, inner]) => ({ name, node: add(name, inner, level, floors, chain, use.scopes) }))
    const side = sideOf(dependency, rules.dispatch)
    checkLifetime(dependency, side, needs, path)
    checkHook(dependency, needs, path)
    if (dependency.endsAt === 'onResponse') checkEnds(needs, path)
    const floor = dependency.lifetime === 'app' || isEarly(dependency) ? 0 : floors[side]
    const phase = Math.max(floor, earliest(side, needs.map((need) => need.node)))
    const before = [...new Set(needs.map((need) => need.node))].filter((need) =>
      isOfRequest(need) && need.phase === phase && need.level === level &&
      need.dependency.hook === dependency.hook)
    const node: UnfinishedNode = {
      index: nodes.length,
      label: chain.map((one) => one.name).join('.'),
      path,
      dependency,
      isOverride: use.dependency !== (asked.original ?? asked),
      scopes,
      side,
      level,
      phase,
      needs,
      pendingNeeds: before.length,
      followers: []
    }
    for (const { followers } of before) followers.push(node)
    nodes.push(node)
    if (use.isShared) shared.push(node)
    return node
  }

  /** Returns what gives the scopes to the dependency, or to the handler, on the side of that. */
  function giveScopesTo (user: Dependency | undefined, scopes: readonly string[]): Dependency {
    const side = user === undefined ? handler : sideOf(user, rules.dispatch)
    const hook = user?.hook ?? 'handler'
    const key = `${side} ${hook} ${keyOfScopes(scopes)}`
    const giver = givers.get(key) ?? giveScopes(scopes, { blocking: side === 'worker', hook })
    givers.set(key, giver)
    return giver
  }

  const handlerPhase = earliest(handler, nodes.filter((node) =>
    isOfRequest(node) || [...provided.values()].includes(node)))
  const needs = [...provided].map(([name, node]) => ({ name, node }))
  const phases = Array.from({ length: handlerPhase + 1 }, (_, phase) =>
    makePhase(phase, nodes, needs, handler))
  return {
    route,
    handler,
    handlerPhase,
    nodes,
    provided: needs,
    phases,
    levelsAfter: {
      onRequest: countLevels(phases[0]!, 'onRequest'),
      preValidation: countLevels(phases[0]!, 'preValidation')
    },
    isVisit: handlerPhase > 0,
    hasTeardown: phases.some(({ hasTeardown }) => hasTeardown)
  }
}

/** A fake that does not read the scopes is no mistake, so overrides do not count. */
function checkScopes (asked: Dependency, path: string): void {
  if (asked.scopes === undefined || readsScopes(asked, path, new Map())) return
  throw new UnreadScopes(path, asked.scopes.join(' '))
}

function isSameSet (one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return keyOfScopes(one) === keyOfScopes(other)
}

/** A node while the plan is made: its followers are not complete yet. */
interface UnfinishedNode extends PlannedDependency {
  readonly needs: readonly { name: string, node: UnfinishedNode }[]
  readonly followers: UnfinishedNode[]
}

interface NamedDependency {
  name: string
  dependency: Dependency
}

/** Returns the earliest phase of a side in which the values of all these nodes are available. */
function earliest (side: Side, nodes: readonly PlannedDependency[]): number {
  const first = side === 'loop' ? 0 : 1
  return nodes.reduce(
    (phase, node) => Math.max(phase, node.side === side ? node.phase : node.phase + 1), first
  )
}

function makePhase (
  phase: number, nodes: readonly PlannedDependency[], provided: readonly Need[], handler: Side
): Phase {
  const own = nodes.filter((node) => node.phase === phase)
  const run = own.filter(isOfRequest)
  const levels = dependencyHooks.flatMap((hook) => {
    const ofHook = run.filter(({ dependency }) => dependency.hook === hook)
    return [...new Set(ofHook.map(({ level }) => level))].sort((a, b) => a - b)
      .map((level) => ofHook.filter((node) => node.level === level))
  })
  const leaves = (node: PlannedDependency): boolean =>
    (handler !== node.side && provided.some((need) => need.node === node)) ||
    nodes.some(({ side, needs, dependency }) =>
      dependency.lifetime === 'request' && side !== node.side && needs.some((need) => need.node === node))
  return {
    levels,
    crossing: own.filter(leaves),
    hasTeardown: run.some(({ dependency }) => dependency.isGenerator),
    endsLate: run.some(({ dependency }) => dependency.endsAt === 'onResponse')
  }
}

/** Counts the levels that are resolved at the end of the hook. */
function countLevels ({ levels }: Phase, hook: EarlyHook): number {
  const last = dependencyHooks.indexOf(hook)
  return levels.filter(([node]) => dependencyHooks.indexOf(node!.dependency.hook) <= last).length
}

export function isEarly ({ hook }: Dependency): boolean {
  return hook !== 'handler'
}

/** Whether a dependency has lifetime "request". The values of lifetime "app" exist before any request. */
export function isOfRequest ({ dependency }: PlannedDependency): boolean {
  return dependency.lifetime === 'request'
}

function sideOf (dependency: Dependency, dispatch: Dispatch): Side {
  const { blocking, isAsync } = dependency
  if (isEarly(dependency)) return 'loop'
  if (blocking !== undefined) return blocking ? 'worker' : 'loop'
  switch (dispatch) {
    case 'explicit':
    case 'measured': return 'loop'
    case 'signature': return isAsync ? 'loop' : 'worker'
    case 'all': return 'worker'
  }
}

function checkLifetime ({ lifetime }: Dependency, side: Side, needs: readonly Need[], path: string): void {
  if (lifetime === 'request') return
  for (const { name, node } of needs) {
    if (isOfRequest(node)) throw new DependencyLifetime(`${path} → ${name}`, 'it lives for a request')
    if (node.side !== side) {
      throw new DependencyLifetime(`${path} → ${name}`, `it lives on the other side, ${node.side}`)
    }
  }
}

function checkHook (dependency: Dependency, needs: readonly Need[], path: string): void {
  if (!isEarly(dependency)) return
  const { hook } = dependency
  for (const { name, node } of needs) {
    const refuse = (why: string): never => { throw new DependencyTooEarly(`${path} → ${name}`, hook, why) }
    if (node.side === 'worker') refuse('it runs in a worker, after validation')
    const { hook: other } = node.dependency
    if (isOfRequest(node) && dependencyHooks.indexOf(other) > dependencyHooks.indexOf(hook)) {
      refuse(`it has hook "${other}", which comes later`)
    }
  }
}

/**
 * Checks what a dependency needs that ends when the response is over, also by way of those that never end.
 */
function checkEnds (needs: readonly Need[], path: string, above: readonly string[] = []): void {
  for (const { name, node } of needs) {
    const way = [...above, name]
    const { isGenerator, endsAt } = node.dependency
    if (!isOfRequest(node) || endsAt === 'onResponse') continue
    if (isGenerator || endsAt !== undefined) throw new DependencyOutlives(path, way.join(' → '))
    checkEnds(node.needs, path, way)
  }
}
