import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import { type Dependency, isDependency } from './dependency.js'

/*
 * A name in `dependencies` is a use of a dependency. Two functions say more of one use: `fresh()`, and
 * `withScopes()` in scopes.ts.
 */

/** What a use says besides the dependency itself. */
export type UseOptions = Pick<Dependency, 'isFresh' | 'scopes'>

const uses = new WeakMap<Dependency, Map<string, Dependency>>()

/**
 * Names a dependency for a use that gets a value of its own: its function is called once more for this use,
 * while other uses in the request share theirs. What the dependency itself needs is shared as always. Throws
 * FST_BLOCKING_INVALID_OPTION for what is no dependency, and for lifetime "app".
 */
export function fresh<One extends Dependency> (dependency: One): One {
  checkUsed('fresh()', dependency, 'lifetime "app" is made once; name it without fresh()')
  return createUse(dependency, { isFresh: true })
}

/** `what` names the function, for errors. `remedy`: what to do with a dependency of lifetime "app". */
export function checkUsed (what: string, dependency: unknown, remedy: string): void {
  if (!isDependency(dependency)) {
    const got = inspect(dependency, { depth: 1 })
    throw new InvalidOption(what, `give it what dependency() has returned. Got ${got}`)
  }
  if (dependency.lifetime === 'app') {
    throw new InvalidOption(`${what} of the dependency ${dependency.name}`.trimEnd(), remedy)
  }
}

/** Adds to what the given use says already. */
export function createUse<One extends Dependency> (dependency: One, options: UseOptions): One {
  const original = dependency.original ?? dependency
  const scopes = union(dependency.scopes ?? [], options.scopes ?? [])
  const isFresh = dependency.isFresh ?? options.isFresh
  const ofOriginal = uses.get(original) ?? new Map<string, Dependency>()
  uses.set(original, ofOriginal)
  // One object for each: a getter in `dependencies` creates the use each time that it is read.
  const key = JSON.stringify([isFresh, scopes])
  const use = ofOriginal.get(key) ?? Object.freeze({
    ...original, original, ...(isFresh && { isFresh }), ...(scopes.length > 0 && { scopes })
  })
  ofOriginal.set(key, use)
  return use as One
}

/** What a name in `dependencies` asks for, overrides applied. */
export interface Use {
  dependency: Dependency
  /** The scopes that it is to check, those of its users included. */
  scopes: readonly string[]
  /** Whether the value is that of all shared uses in the request. */
  isShared: boolean
}

/** `inherited`: the scopes of the user. */
export function readUse (
  asked: Dependency, inherited: readonly string[], overrides: ReadonlyMap<Dependency, Dependency>
): Use {
  const original = asked.original ?? asked
  const dependency = overrides.get(original) ?? original
  return {
    dependency,
    scopes: union(inherited, asked.scopes ?? []),
    isShared: asked.isFresh !== true && dependency.cache
  }
}

export function union (...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())]
}
