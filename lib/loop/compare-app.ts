import { digestPlan, listOverrides } from '../dependencies/describe-plan.js'
import type { Plan } from '../dependencies/plan.js'
import { DifferentApp, OuterContext, RoutesElsewhere } from '../errors.js'
import { compareContexts, compareRoutes } from '../routes/outer-context.js'
import type { BootReport } from '../wire/worker-data.js'

/** The app of the main thread, as far as workers must have it too. */
export interface OwnApp {
  module: string
  /** Plans of the routes with work for a worker, by name. */
  plans: ReadonlyMap<string, Plan>
  /** See digestSchema(). */
  schemas: ReadonlyMap<string, string>
  /** See SharedParts. */
  declared: readonly string[]
  /** See SurroundedRoutes.readRoutes(). */
  around: Record<string, string[]>
  /** See SurroundedRoutes. */
  readOuterContext: () => string[]
}

/**
 * Throws FST_BLOCKING_ROUTES_ELSEWHERE, FST_BLOCKING_DIFFERENT_APP or FST_BLOCKING_OUTER_CONTEXT if a worker
 * has built another app.
 */
export function compareApp (
  own: OwnApp, { routes, schemas, overrides, declared, surroundings: { routes: there, context } }: BootReport
): void {
  const keys = [...own.plans.keys()]
  // Other routes in the worker would be these, with another prefix or condition.
  if (keys.length > 0 && Object.keys(routes).length === 0) {
    const others = keys.length > 1 ? ` and ${keys.length - 1} more` : ''
    throw new RoutesElsewhere(own.module, `${keys[0]}${others}`)
  }
  const differences = compareLabels(listOverrides(own.plans.values()), overrides)
  // An override on one side only makes all plans differ that have it.
  if (differences.length === 0) differences.push(...comparePlans(own.plans, routes))
  differences.push(...compareSchemas(own.schemas, schemas), ...compareLabels(own.declared, declared))
  const outer = compareRoutes(own.around, there)
  if (context === undefined) differences.push(...outer)
  if (differences.length > 0) throw new DifferentApp(own.module, differences.join('; '))
  if (context === undefined) return
  outer.push(...compareContexts(own.readOuterContext(), context))
  if (outer.length > 0) throw new OuterContext(own.module, outer.join('; '))
}

function compareLabels (here: readonly string[], there: readonly string[]): string[] {
  return [
    ...here.filter((label) => !there.includes(label)).map((label) => `${label} is missing in the worker`),
    ...there.filter((label) => !here.includes(label)).map((label) => `${label} is only in the worker`)
  ]
}

function comparePlans (plans: OwnApp['plans'], digests: BootReport['routes']): string[] {
  const differences = [...plans].flatMap(([key, plan]) => {
    if (!Object.hasOwn(digests, key)) return `${key} is missing in the worker`
    const [here, there] = [digestPlan(plan), digests[key]]
    return here === there ? [] : `${key} has other dependencies in the worker: ${there}, and here: ${here}`
  })
  const added = Object.keys(digests).filter((key) => !plans.has(key))
  return [...differences, ...added.map((key) => `${key} is only in the worker`)]
}

/** A worker that has built its app from the same files has no digests. */
function compareSchemas (schemas: OwnApp['schemas'], digests: BootReport['schemas'] = {}): string[] {
  return Object.keys(digests).filter((key) => schemas.has(key) && schemas.get(key) !== digests[key])
    .map((key) => `${key} has another schema in the worker`)
}
