import type { FastifyInstance } from 'fastify'
import { describePlan, printPlan as printOne, type RoutePlan } from '../dependencies/describe-plan.js'
import { InvalidOption } from '../errors.js'
import type { ListedRoutes, RouteWithPlan } from './listed-routes.js'
import { drawDiagram } from './plan-diagram.js'
import { printRoutes } from './print-routes.js'

export interface PrintPlanOptions {
  /** "tree": a text for people. "mermaid": the text of a flowchart, which Mermaid draws. Default: "tree". */
  format?: 'tree' | 'mermaid'
}

/** Makes the functions plan() and printPlan() of a registration. */
export function createPlanFunctions (fastify: FastifyInstance, routes: ListedRoutes) {
  function plan (): RoutePlan[]
  function plan (method: string, url: string): RoutePlan
  function plan (...route: [] | [method: string, url: string]): RoutePlan | RoutePlan[] {
    return route.length === 0 ? routes.all().map(describe) : describe(routes.find(...route))
  }

  function printPlan (options?: PrintPlanOptions): string
  function printPlan (method: string, url: string, options?: PrintPlanOptions): string
  function printPlan (first?: string | PrintPlanOptions, url = '', options?: PrintPlanOptions): string {
    if (typeof first !== 'string') {
      return isMermaid(first) ? drawDiagram(routes.allUrls(fastify)) : printRoutes(routes.allUrls(fastify))
    }
    const route = routes.find(first, url)
    return isMermaid(options) ? drawDiagram([route]) : printOne(route.plan, route.body, route.reason)
  }

  return { plan, printPlan }
}

function describe ({ plan, body, reason }: RouteWithPlan): RoutePlan {
  return describePlan(plan, body, reason)
}

function isMermaid ({ format = 'tree' }: PrintPlanOptions = {}): boolean {
  if (format === 'mermaid') return true
  if (format === 'tree') return false
  throw new InvalidOption('option format of printPlan()', 'it must be "tree" or "mermaid"')
}
