import type { Dispatch } from '../options/settings.js'
import { type EarlyHook, isOfRequest, type Need, type Plan, type PlannedDependency } from './plan.js'

/** A dependency in the plan of a route, as data. */
export interface PlannedNode {
  name: string
  side: 'loop' | 'worker'
  lifetime: 'request' | 'app'
  /**
   * Even phases run on the loop, odd ones in the worker. Dependencies of one phase run without waiting for
   * the other side.
   */
  phase: number
  /** When it runs, if that is before validation. */
  hook?: EarlyHook
  /** Scopes that it, or what it needs, is to check. Left out if there are none, or if nothing reads them. */
  scopes?: string[]
  dependencies: PlannedNode[]
}

/** Where the body of a blocking route is read and parsed. */
export interface PlannedBody {
  /** Which side reads the bytes from the socket. */
  readBy: 'loop' | 'worker'
  /** Which side parses and validates. */
  parsedBy: 'loop' | 'worker'
  /** What keeps the parsing on the loop, as a sentence. Undefined if the worker parses. */
  because?: string
}

/**
 * Who has decided on which side the handler runs. "marked": the route's option `blocking`; "plugin": an
 * `onRoute` hook that has set this option; "unmarked": nobody, so that the handler stays on the loop;
 * "websocket": such a handler always does. All others are values of the plugin's option `dispatch`.
 */
export type HandlerReason = 'marked' | 'plugin' | 'unmarked' | 'websocket' | Exclude<Dispatch, 'explicit'>

/**
 * Why requests of a route visit a worker, or why they do not. "dependencies": the handler is on the loop, and
 * a dependency in a worker.
 */
export type PlanReason = HandlerReason | 'dependencies'

/** The parts of a route and their sides, as data: result of `fastify.blocking.plan('GET', '/statement')`. */
export interface RoutePlan {
  route: string
  handler: 'loop' | 'worker'
  /**
   * Why requests visit a worker, or why they do not: "marked", the route's option `blocking`; "plugin", an
   * `onRoute` hook that has set this option; "signature" or "all", the option `dispatch`; "dependencies", of
   * which one is in a worker while the handler is on the loop; "unmarked", nobody asks for a worker;
   * "websocket", such a handler stays on the loop. "measured": by the option `dispatch` the side is where the
   * route is best, and may change.
   */
  reason: PlanReason
  /** Whether a request visits a worker; it does so once at most. */
  visit: boolean
  /** How often the worker waits during the visit for dependencies on the loop. */
  callbacks: number
  /** Undefined for a method without a body, for a handler on the loop, and in a worker. */
  body?: PlannedBody
  dependencies: PlannedNode[]
}

export function describePlan (
  plan: Plan, body?: PlannedBody, handlerReason: HandlerReason = 'unmarked'
): RoutePlan {
  const { route, handler, handlerPhase, isVisit, phases } = plan
  const callbacks = phases.filter((phase, index) =>
    index > 0 && index % 2 === 0 && index < handlerPhase && phase.levels.length > 0).length
  return {
    route,
    handler,
    reason: reasonOf(plan, handlerReason),
    visit: isVisit,
    callbacks,
    ...(body && { body }),
    dependencies: listNamed(plan).map(describeNode)
  }
}

/**
 * Lists what the contexts and the route name: also dependencies that run although an inner context, or the
 * route, has given their name to another one.
 */
export function listNamed ({ nodes, provided }: Plan): Need[] {
  const found = new Set([...provided, ...nodes.flatMap(({ needs }) => needs)].map(({ node }) => node))
  const hidden = nodes.filter((node) => !found.has(node))
  return [...hidden.map((node) => ({ name: `${node.label} (of an outer context)`, node })), ...provided]
}

/** Whether the loop reads the body and the worker parses it, as by default. */
export function isParsedAsUsual ({ readBy, parsedBy }: PlannedBody): boolean {
  return readBy === 'loop' && parsedBy === 'worker'
}

export function reasonOf ({ handler, isVisit }: Plan, handlerReason: HandlerReason): PlanReason {
  if (handlerReason === 'measured') return handlerReason
  return isVisit && handler === 'loop' ? 'dependencies' : handlerReason
}

function describeNode ({ name, node }: Need): PlannedNode {
  const { side, phase, dependency: { lifetime, hook }, needs, scopes = [] } = node
  return {
    name,
    side,
    lifetime,
    phase,
    ...(hook !== 'handler' && { hook }),
    ...(scopes.length > 0 && { scopes: [...scopes] }),
    dependencies: needs.map(describeNode)
  }
}

/** Prints the plan as a tree, as Fastify's `printRoutes` prints routes. */
export function printPlan (plan: Plan, body?: PlannedBody, reason?: HandlerReason): string {
  const { route, handler } = plan
  const rows: [text: string, where: string][] = [
    [route, reason === 'measured' ? `${handler}, measured` : handler]
  ]
  if (body !== undefined) {
    const { readBy, parsedBy, because } = body
    const where = because === undefined ? `${parsedBy}, read by the ${readBy}` : `${parsedBy}: ${because}`
    rows.push(['request.body', where])
  }
  for (const { text, node } of drawNeeds(listNamed(plan), '')) rows.push([text, whereOf(node)])
  const width = Math.max(...rows.map(([text]) => text.length))
  return rows.map(([text, where]) => `${text.padEnd(width)}  ${where}\n`).join('')
}

/** Draws dependencies and what they need as the lines of a tree. */
export function drawNeeds (
  needs: readonly Need[], indent: string
): { text: string, node: PlannedDependency }[] {
  return needs.flatMap(({ name, node }, index) => {
    const [branch, below] = branchOf(index === needs.length - 1)
    return [{ text: `${indent}${branch}${name}`, node }, ...drawNeeds(node.needs, `${indent}${below}`)]
  })
}

/** What Fastify's `printRoutes` prints before a node of a tree, and before the lines below the node. */
export function branchOf (isLast: boolean): [branch: string, below: string] {
  return isLast ? ['└── ', '    '] : ['├── ', '│   ']
}

function whereOf (node: PlannedDependency): string {
  return [node.side, ...notesOf(node)].join(', ')
}

/** Lists what is not as by default. */
export function notesOf (node: PlannedDependency): string[] {
  const { scopes = [], dependency: { hook } } = node
  return [
    ...isOfRequest(node) ? [] : ['app'],
    ...hook === 'handler' ? [] : [hook],
    ...scopes.length > 0 ? [`scopes ${scopes.join(' ')}`] : []
  ]
}

/** Names a plan among all of an app: by its route, and by the declared overrides that are in use. */
export function nameOfPlan ({ route, overrides }: Plan): string {
  return overrides.length === 0 ? route : `${route} with override ${overrides.join(', ')}`
}

/**
 * Lists the overrides that the plans have of routes with work for a worker, as texts: those without a name by
 * the first place where they are.
 */
export function listOverrides (plans: Iterable<Plan>): string[] {
  const texts = new Map<unknown, string>()
  for (const { isVisit, nodes, overrides } of plans) {
    if (!isVisit) continue
    for (const name of overrides) texts.set(name, `the declared override "${name}"`)
    if (overrides.length > 0) continue
    for (const { dependency, isOverride, path } of nodes) {
      if (isOverride && !texts.has(dependency)) texts.set(dependency, `the override of ${path}`)
    }
  }
  return [...texts.values()]
}

/** Describes the plan as a text. Compared at boot: both sides must have the same. */
export function digestPlan ({ handler, nodes, provided }: Plan): string {
  const parts = nodes.map(({ label, side, isOverride, scopes = [], dependency }) => {
    const { name, isGenerator, lifetime, hook, endsAt = 'onSend' } = dependency
    return `${label}${name === '' ? '' : ` (${name})`}${isOverride ? ' overridden' : ''} ` +
      `${side}${isGenerator ? ` with teardown at ${endsAt}` : ''}${lifetime === 'app' ? ' of the app' : ''}` +
      `${hook === 'handler' ? '' : ` in ${hook}`}` +
      scopes.map((scope) => ` ${scope}`).join('')
  })
  return `${handler}; ${parts.join(', ')}; ` +
    `${provided.map(({ name, node }) => `${name}=${node.label}`).join(', ')}`
}
