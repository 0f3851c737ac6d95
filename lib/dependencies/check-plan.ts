import { DependencyLifetime, DependencyOutlives, DependencyTooEarly, UnreadScopes } from '../errors.js'
import { type Dependency, dependencyHooks } from './dependency.js'
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

/**
 * Checks what a dependency needs that ends when the response is over, also by way of those that never end.
 */
export function checkEnds (needs: readonly Need[], path: string, above: readonly string[] = []): void {
  for (const { name, node } of needs) {
    const way = [...above, name]
    const { isGenerator, endsAt } = node.dependency
    if (!isOfRequest(node) || endsAt === 'onResponse') continue
    if (isGenerator || endsAt !== undefined) throw new DependencyOutlives(path, way.join(' → '))
    checkEnds(node.needs, path, way)
  }
}
