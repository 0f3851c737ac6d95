import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import { type Dependency, dependency, isDependency, readDependencies } from './dependency.js'

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

const uses = new WeakMap<Dependency, Map<string, Dependency>>()

/**
 * Names a dependency for a use that asks for these scopes. A dependency that reads `requiredScopes`, or that
 * needs one which does, is called once per request for each set of scopes. If none reads them, the boot fails
 * with FST_BLOCKING_UNREAD_SCOPES. Throws FST_BLOCKING_INVALID_OPTION.
 */
export function withScopes<Value> (
  dependency: Dependency<Value>, scopes: readonly string[]
): Dependency<Value> {
  check(dependency, scopes)
  const all = union(dependency.scopes ?? [], scopes)
  const original = dependency.original ?? dependency
  const ofOriginal = uses.get(original) ?? new Map<string, Dependency>()
  uses.set(original, ofOriginal)
  // One object for each: a getter in `dependencies` calls withScopes() each time that it is read.
  const key = JSON.stringify(all)
  const use = ofOriginal.get(key) ?? Object.freeze({ ...original, original, scopes: all })
  ofOriginal.set(key, use)
  return use as Dependency<Value>
}

function check (dependency: unknown, scopes: unknown): void {
  if (!isDependency(dependency)) {
    throw new InvalidOption('withScopes()', `its first argument is what dependency() has returned. Got ${
      inspect(dependency, { depth: 1 })}`)
  }
  if (dependency.lifetime === 'app') {
    throw new InvalidOption(
      `withScopes() of the dependency ${dependency.name}`.trimEnd(),
      'lifetime "app" is made once, before any request; name it without scopes'
    )
  }
  if (
    !Array.isArray(scopes) || scopes.length === 0 ||
    !scopes.every((scope) => typeof scope === 'string' && scope !== '')
  ) {
    throw new InvalidOption(
      'withScopes()', `its second argument is an array of scopes: ['items:read']. Got ${inspect(scopes)}`
    )
  }
}

/** What a name in `dependencies` asks for, overrides applied. */
export interface Use {
  dependency: Dependency
  /** The scopes that it is to check, those of its users included. */
  scopes: readonly string[]
}

/** `inherited`: the scopes of the user. */
export function readUse (
  asked: Dependency, inherited: readonly string[], overrides: ReadonlyMap<Dependency, Dependency>
): Use {
  const original = asked.original ?? asked
  const replacement = overrides.get(original) ?? original
  const scopes = union(inherited, asked.scopes ?? [], replacement.scopes ?? [])
  return { dependency: replacement.original ?? replacement, scopes }
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

export function union (...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())]
}
