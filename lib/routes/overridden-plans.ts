import type { Level } from '../dependencies/context-dependencies.js'
import type { Dependency } from '../dependencies/dependency.js'
import { collectAll } from '../dependencies/merge-schemas.js'
import type { Overrides, PrepareOverrides } from '../dependencies/overrides.js'
import { endsBeforeSerialization, isEarly, isOfRequest, type Plan } from '../dependencies/plan.js'
import { DeclaredTooLate, DependencyLifetime, InvalidOption, NoSuchOverride } from '../errors.js'

/** What a route has while declared overrides are used. */
export interface OverriddenPlan {
  readonly plan: Plan
  /** Of a route with a handler of @fastify/websocket. */
  readonly socketPlan: Plan | undefined
}

/**
 * The plans of a route that declared overrides may reach, by the names of those that are used. For each
 * override one is made at boot, and compared with that of the workers. Those for several together are made
 * when they are used first: they have nothing that none of the others has.
 */
export class OverriddenPlans {
  /** Those that are made at boot. */
  readonly atBoot: readonly OverriddenPlan[]
  readonly #names: ReadonlySet<string>
  readonly #made = new Map<string, OverriddenPlan>()
  readonly #overrides: Overrides
  readonly #make: (names: readonly string[]) => OverriddenPlan

  /** `sets`: see findOverrides(). */
  constructor (
    overrides: Overrides,
    sets: readonly (readonly string[])[],
    make: (names: readonly string[]) => OverriddenPlan
  ) {
    this.#overrides = overrides
    this.#make = make
    this.#names = new Set(sets.flat())
    this.atBoot = sets.map((names) => this.of(names))
  }

  /** Returns those of the names that may reach the route. */
  select (names: readonly string[]): string[] {
    return names.filter((name) => this.#names.has(name))
  }

  /** Throws FST_BLOCKING_NO_SUCH_OVERRIDE for a name that does not reach the route. */
  of (names: readonly string[]): OverriddenPlan {
    const key = JSON.stringify(names)
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const other = names.find((name) => !this.#names.has(name))
    if (other !== undefined) throw new NoSuchOverride(other, 'the route does not reach it')
    const made = this.#make(names)
    this.#made.set(key, made)
    return made
  }

  /** See Overrides. */
  follow (prepare: PrepareOverrides): void {
    this.#overrides.follow(prepare)
  }
}

/** A route as it was when it was added. */
export interface RouteAsAdded {
  readonly key: string
  readonly levels: readonly Level[]
  /** Hooks before the handler in which dependencies may run. */
  readonly hooks: ReadonlySet<string>
  /** Whether it has the hook for dependencies that end before the answer is serialized. */
  readonly endsBeforeSerialization: boolean
  /** The dependencies whose schemas were merged. */
  readonly before: ReadonlySet<Dependency>
}

/**
 * Checks that the route has all that the fakes need: its schema is compiled, and its hooks are added, without
 * them. Throws FST_BLOCKING_INVALID_OPTION and FST_BLOCKING_DECLARED_TOO_LATE.
 */
export function checkFakes (
  route: RouteAsAdded,
  names: readonly string[],
  overrides: Overrides
): void {
  const { key, levels, hooks, before } = route
  for (const [dependency, who] of collectAll(key, levels, overrides.replacements(names))) {
    if (before.has(dependency)) continue
    const option = (['schema', 'security'] as const).find((name) => dependency[name] !== undefined)
    if (option !== undefined) {
      throw new InvalidOption(
        `override ${names.join(', ')}: option ${option} of ${who}`,
        'a declared override cannot bring one in, since that of a route is made at boot, without any; ' +
        'leave it out of the fake'
      )
    }
    const late = isEarly(dependency) && !hooks.has(dependency.hook)
      ? 'hook'
      : endsBeforeSerialization(dependency) && !route.endsBeforeSerialization ? 'endsAt' : undefined
    if (late !== undefined) {
      throw new DeclaredTooLate(
        `declareOverride with option ${late}`, `route ${key}, which uses it as ${who}, was added`
      )
    }
  }
}

/**
 * Throws FST_BLOCKING_DEPENDENCY_LIFETIME for a value of lifetime "app" that needs a dependency with a
 * declared override.
 */
export function checkAppValues ({ nodes }: Plan, names: readonly string[], overrides: Overrides): void {
  const always = overrides.replacements([])
  const replaced = new Set([...overrides.replacements(names)]
    .flatMap(([real, fake]) => always.get(real) === fake ? [] : [fake]))
  for (const node of nodes) {
    if (isOfRequest(node)) continue
    for (const need of node.needs) {
      if (!need.node.isOverride || !replaced.has(need.node.dependency)) continue
      throw new DependencyLifetime(
        `${node.path} → ${need.name}`,
        `override ${names.join(', ')} replaces it while the app runs, and the value was made at boot; ` +
        'declare an override of the one that needs it'
      )
    }
  }
}
