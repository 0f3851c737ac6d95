import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import { type Dependency, dependency } from './dependency.js'
import { readDependencies } from './read-dependencies.js'
import { checkUsed, createUse, readUse } from './use.js'

/*
 * Scopes that whoever names a dependency asks for. They reach everything that the dependency needs, and a
 * guard reads them as the value of `requiredScopes`.
 */

/**
 * A dependency whose value are the scopes that the guard which needs it has to check: those of each
 * `withScopes()` on the way from the route to the guard, the route's first, each once. Empty if there are
 * none.
 */
export const requiredScopes: Dependency<readonly string[]> = Object.freeze({
  ...dependency({ blocking: false }, function requiredScopes (): readonly string[] { return [] }),
  givesScopes: true as const
})

/**
 * Names a dependency for a use that asks for these scopes. A dependency that reads `requiredScopes`, or that
 * needs one which does, is called once per request for each set of scopes. If none reads them, the boot fails
 * with FST_BLOCKING_UNREAD_SCOPES. Throws FST_BLOCKING_INVALID_OPTION.
 */
export function withScopes<One extends Dependency> (dependency: One, scopes: readonly string[]): One {
  checkUsed('withScopes()', dependency, 'lifetime "app" is made once; name it without scopes')
  if (
    !Array.isArray(scopes) || scopes.length === 0 ||
    !scopes.every((scope) => typeof scope === 'string' && scope !== '')
  ) {
    throw new InvalidOption(
      'withScopes()', `its second argument is an array of scopes: ['items:read']. Got ${inspect(scopes)}`
    )
  }
  return createUse(dependency, { scopes })
}

/** Whether the dependency, or one that it needs, reads `requiredScopes`. `path` names it, for errors. */
export function readsScopes (
  asked: Dependency,
  path: string,
  overrides: ReadonlyMap<Dependency, Dependency>,
  seen = new Set<Dependency>()
): boolean {
  const { dependency } = readUse(asked, [], overrides)
  if (dependency.givesScopes === true) return true
  if (seen.has(dependency)) return false
  seen.add(dependency)
  return Object.entries(readDependencies(dependency.dependencies, path)).some(([name, inner]) =>
    readsScopes(inner, `${path} → ${name}`, overrides, seen))
}

/** Makes the dependency that gives these scopes in one plan, where and when they are read. */
export function giveScopes (
  scopes: readonly string[], place: Pick<Dependency, 'blocking' | 'hook'>
): Dependency {
  const value = Object.freeze([...scopes])
  return { ...requiredScopes, ...place, run: () => value }
}

/** Same for two lists of the same scopes. */
export function keyOfScopes (scopes: readonly string[]): string {
  return JSON.stringify([...scopes].sort())
}
