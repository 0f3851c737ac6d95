import { isDeepStrictEqual } from 'node:util'
import {
  branchOf, drawNeeds, isParsedAsUsual, listNamed, notesOf, reasonOf
} from '../dependencies/describe-plan.js'
import type { RouteWithPlan } from './listed-routes.js'

/*
 * Prints the plans of all routes in the shapes of Fastify's `printRoutes({ commonPrefix: false })`: a tree by
 * path, methods that have all else in common in one line, others of the same path in a line below, and what
 * belongs to a line below it, after a bullet. Other than there a path is below another one at a slash alone.
 */

/** The columns of a line: the tree, methods with constraints, the side, the reason. */
type Row = readonly [tree: string, methods: string, side: string, reason: string]

interface PathNode {
  /** The whole path. */
  path: string
  /** The path without that of the node above. */
  text: string
  routes: RouteWithPlan[]
  children: PathNode[]
}

/** Prints a tree with a line for each route and each of its dependencies. */
export function printRoutes (routes: readonly RouteWithPlan[]): string {
  if (routes.length === 0) return '(empty tree)'
  const rows = drawNodes(growTree(routes), '')
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('')
}

/** Puts routes of one path and the same constraints together if they differ in their methods alone. */
export function mergeMethods (
  routes: readonly RouteWithPlan[], describe: (route: RouteWithPlan) => unknown
): RouteWithPlan[] {
  const identify = (route: RouteWithPlan): unknown => [route.url, route.constraints, describe(route)]
  const merged: RouteWithPlan[] = []
  for (const route of routes) {
    const index = merged.findIndex((other) => isDeepStrictEqual(identify(other), identify(route)))
    const same = merged[index]
    if (same === undefined) merged.push(route)
    else merged[index] = { ...same, methods: [...same.methods, ...route.methods] }
  }
  return merged
}

export function printConstraints ({ constraints }: RouteWithPlan): string {
  if (Object.keys(constraints).length === 0) return ''
  const replace = (_key: string, value: unknown): unknown => value instanceof RegExp ? String(value) : value
  return ` ${JSON.stringify(constraints, replace)}`
}

function growTree (routes: readonly RouteWithPlan[]): PathNode[] {
  const nodes = new Map<string, PathNode>()
  for (const route of routes) {
    const node = nodes.get(route.url) ?? { path: route.url, text: route.url, routes: [], children: [] }
    node.routes.push(route)
    nodes.set(route.url, node)
  }
  const roots: PathNode[] = []
  for (const node of nodes.values()) {
    const above = [...nodes.values()].filter(({ path }) => isBelow(node.path, path))
      .reduce<PathNode | undefined>((one, other) =>
        one !== undefined && one.path.length > other.path.length ? one : other, undefined)
    node.text = node.path.slice(above?.path.length ?? 0)
    const siblings = above?.children ?? roots
    siblings.push(node)
  }
  return roots
}

function isBelow (path: string, above: string): boolean {
  return path !== above && path.startsWith(above) && (above.endsWith('/') || path[above.length] === '/')
}

function drawNodes (nodes: readonly PathNode[], indent: string): Row[] {
  return nodes.flatMap(({ text, routes, children }, index) => {
    const [branch, below] = branchOf(index === nodes.length - 1)
    const inner = `${indent}${below}`
    const lines = mergeMethods(routes, (route) => [drawRoute(route), drawParts(route, '')])
    return [
      ...lines.flatMap((route, line): Row[] => {
        const [side, reason] = drawRoute(route)
        const methods = `(${route.methods.join(', ')})${printConstraints(route)}`
        return [[`${line === 0 ? `${indent}${branch}` : inner}${text}`, methods, side, reason],
          ...drawParts(route, inner)]
      }),
      ...drawNodes(children, inner)
    ]
  })
}

function drawRoute ({ plan, reason }: RouteWithPlan): [side: string, reason: string] {
  return [plan.handler, reasonOf(plan, reason)]
}

/** Draws where the body is parsed, if that is not the default, and the dependencies. */
function drawParts ({ plan, body }: RouteWithPlan, indent: string): Row[] {
  const rows: Row[] = []
  if (body !== undefined && !isParsedAsUsual(body)) {
    const { readBy, parsedBy, because = `read by the ${readBy}` } = body
    rows.push([`${indent}• request.body`, '', parsedBy, because])
  }
  for (const { name, node } of listNamed(plan)) {
    const lines = [{ text: `${indent}• ${name}`, node }, ...drawNeeds(node.needs, `${indent}  `)]
    for (const { text, node } of lines) rows.push([text, '', node.side, notesOf(node).join(', ')])
  }
  return rows
}
