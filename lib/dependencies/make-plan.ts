import { DependencyCycle } from '../errors.js'
import type { Dispatch } from '../options/settings.js'
import { checkEnds, checkHook, checkLifetime, checkScopes } from './check-plan.js'
import { type Dependency, dependencyHooks } from './dependency.js'
import {
  type EarlyHook, endsBeforeSerialization, isEarly, isOfRequest, type Need, type Phase, type Plan,
  type PlannedDependency, type Side
} from './plan.js'
import { readDependencies } from './read-dependencies.js'
import { giveScopes, keyOfScopes, readsScopes } from './scopes.js'
import { readUse } from './use.js'

/** Settings that decide on which side a dependency runs, and which dependency replaces it. */
export interface Rules {
  dispatch: Dispatch
  overrides: ReadonlyMap<Dependency, Dependency>
  /** Names of the declared overrides among these. */
  used: readonly string[]
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
    checkEnds(dependency, needs, path)
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
    overrides: rules.used,
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
    endsBeforeSerialization: run.some(({ dependency }) => endsBeforeSerialization(dependency)),
    endsLate: run.some(({ dependency }) => dependency.endsAt === 'onResponse')
  }
}

/** Counts the levels that are resolved at the end of the hook. */
function countLevels ({ levels }: Phase, hook: EarlyHook): number {
  const last = dependencyHooks.indexOf(hook)
  return levels.filter(([node]) => dependencyHooks.indexOf(node!.dependency.hook) <= last).length
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
