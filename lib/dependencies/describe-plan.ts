import { isOfRequest, type Need, type Plan, type PlannedDependency } from './plan.js'

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

/** The parts of a route and their sides, as data: result of `fastify.blocking.plan('GET', '/statement')`. */
export interface RoutePlan {
  route: string
  handler: 'loop' | 'worker'
  /** Whether a request visits a worker; it does so once at most. */
  visit: boolean
  /** How often the worker waits during the visit for dependencies on the loop. */
  callbacks: number
  /** Undefined for a method without a body, for a handler on the loop, and in a worker. */
  body?: PlannedBody
  dependencies: PlannedNode[]
}

export function describePlan (
  { route, handler, handlerPhase, isVisit, provided, phases }: Plan, body?: PlannedBody
): RoutePlan {
  const callbacks = phases.filter((phase, index) =>
    index > 0 && index % 2 === 0 && index < handlerPhase && phase.levels.length > 0).length
  return {
    route,
    handler,
    visit: isVisit,
    callbacks,
    ...(body && { body }),
    dependencies: provided.map(describeNode)
  }
}

function describeNode ({ name, node }: Need): PlannedNode {
  const { side, phase, dependency: { lifetime }, needs } = node
  return { name, side, lifetime, phase, dependencies: needs.map(describeNode) }
}

/** Prints the plan as a tree, as Fastify's `printRoutes` prints routes. */
export function printPlan ({ route, handler, provided }: Plan, body?: PlannedBody): string {
  const rows: [text: string, where: string][] = [[route, handler]]
  if (body !== undefined) {
    const { readBy, parsedBy, because } = body
    const where = because === undefined ? `${parsedBy}, read by the ${readBy}` : `${parsedBy}: ${because}`
    rows.push(['request.body', where])
  }
  const print = (needs: readonly Need[], indent: string): void => {
    for (const [index, { name, node }] of needs.entries()) {
      const isLast = index === needs.length - 1
      rows.push([`${indent}${isLast ? '└── ' : '├── '}${name}`, whereOf(node)])
      print(node.needs, `${indent}${isLast ? '    ' : '│   '}`)
    }
  }
  print(provided, '')
  const width = Math.max(...rows.map(([text]) => text.length))
  return rows.map(([text, where]) => `${text.padEnd(width)}  ${where}\n`).join('')
}

function whereOf (node: PlannedDependency): string {
  return isOfRequest(node) ? node.side : `${node.side}, app`
}

/** Describes the plan as a text. Compared at boot: both sides must have the same. */
export function digestPlan ({ handler, nodes, provided }: Plan): string {
  const parts = nodes.map(({ label, side, isOverride, dependency: { name, isGenerator, lifetime } }) =>
    `${label}${name === '' ? '' : ` (${name})`}${isOverride ? ' overridden' : ''} ` +
    `${side}${isGenerator ? ' with teardown' : ''}${lifetime === 'app' ? ' of the app' : ''}`)
  return `${handler}; ${parts.join(', ')}; ` +
    `${provided.map(({ name, node }) => `${name}=${node.label}`).join(', ')}`
}
