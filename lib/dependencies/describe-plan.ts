import { isOfRequest, type Need, type Plan, type PlannedDependency } from './plan.js'

/** What a dependency is in the plan of a route, as data. */
export interface PlannedNode {
  name: string
  side: 'loop' | 'worker'
  lifetime: 'request' | 'app'
  /** Even on the loop, odd in the worker; those of one phase run without waiting for the other side. */
  phase: number
  dependencies: PlannedNode[]
}

/** Which parts of a route run where, as data: `fastify.blocking.plan('GET', '/statement')`. */
export interface RoutePlan {
  route: string
  handler: 'loop' | 'worker'
  /** Whether a request is admitted to a worker, once. */
  visit: boolean
  /** How often the loop is called back during the visit. */
  callbacks: number
  dependencies: PlannedNode[]
}

export function describePlan ({ route, handler, handlerPhase, isVisit, provided, phases }: Plan): RoutePlan {
  const callbacks = phases.filter((phase, index) => index > 0 && index % 2 === 0 && index < handlerPhase && phase.levels.length > 0).length
  return { route, handler, visit: isVisit, callbacks, dependencies: provided.map(describeNode) }
}

function describeNode ({ name, node }: Need): PlannedNode {
  const { side, phase, dependency: { lifetime }, needs } = node
  return { name, side, lifetime, phase, dependencies: needs.map(describeNode) }
}

/** A tree, as `printRoutes` makes of routes. */
export function printPlan ({ route, handler, provided }: Plan): string {
  const rows: [text: string, where: string][] = [[route, handler]]
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

/** What both sides must agree on. */
export function digestPlan ({ handler, nodes, provided }: Plan): string {
  const parts = nodes.map(({ label, side, isOverride, dependency: { name, isGenerator, lifetime } }) =>
    `${label}${name === '' ? '' : ` (${name})`}${isOverride ? ' overridden' : ''} ${side}${isGenerator ? ' with teardown' : ''}${lifetime === 'app' ? ' of the app' : ''}`)
  return `${handler}; ${parts.join(', ')}; ${provided.map(({ name, node }) => `${name}=${node.label}`).join(', ')}`
}
