import { DependencyLifetime, DependencyOutlives, DependencyTooEarly, UnreadScopes } from '../errors.js'
import { type Dependency, dependencyHooks, ends, type EndsAt } from './dependency.js'
import { isEarly, isOfRequest, type Need, type Side } from './plan.js'
import { readsScopes } from './scopes.js'

/* Checks what a dependency needs and asks for, where a plan has it. `path` names it, for errors. */

/** A fake that does not read the scopes is no mistake, so overrides do not count. */
export function checkScopes (asked: Dependency, path: string): void {
  if (asked.scopes === undefined || readsScopes(asked, path, new Map())) return
  throw new UnreadScopes(path, asked.scopes.join(' '))
}

export function checkLifetime (
  { lifetime }: Dependency, side: Side, needs: readonly Need[], path: string
): void {
  if (lifetime === 'request') return
  for (const { name, node } of needs) {
    if (isOfRequest(node)) throw new DependencyLifetime(`${path} → ${name}`, 'it lives for a request')
    if (node.side !== side) {
      throw new DependencyLifetime(`${path} → ${name}`, `it lives on the other side, ${node.side}`)
    }
  }
}

export function checkHook (dependency: Dependency, needs: readonly Need[], path: string): void {
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

/** Checks that nothing which a dependency needs ends before it, also by way of those that never end. */
export function checkEnds (dependency: Dependency, needs: readonly Need[], path: string): void {
  const end = endOf(dependency)
  if (end !== undefined) checkNeedsEnd(end, needs, path, [])
}

function checkNeedsEnd (end: EndsAt, needs: readonly Need[], path: string, above: readonly string[]): void {
  for (const { name, node } of needs) {
    if (!isOfRequest(node)) continue
    const way = [...above, name]
    const earlier = endOf(node.dependency)
    if (earlier === undefined) checkNeedsEnd(end, node.needs, path, way)
    else if (ends.indexOf(earlier) < ends.indexOf(end)) {
      throw new DependencyOutlives(path, end, way.join(' → '), earlier)
    }
  }
}

/** Returns undefined for one that never ends, as far as is known at boot. */
function endOf ({ isGenerator, endsAt }: Dependency): EndsAt | undefined {
  return endsAt ?? (isGenerator ? 'onSend' : undefined)
}
