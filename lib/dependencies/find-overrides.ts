import type { Level } from './context-dependencies.js'
import type { Dependency } from './dependency.js'
import type { Overrides } from './overrides.js'
import { readDependencies } from './read-dependencies.js'
import { readUse } from './use.js'

/**
 * Finds the declared overrides that a route may reach, also by way of the fakes of others. Returns for each
 * of them the names that have to be used for the route to reach it, its own included: together the plans
 * with these names have all dependencies that any use of overrides can bring in. `key` is that of the route.
 */
export function findOverrides (key: string, levels: readonly Level[], overrides: Overrides): string[][] {
  const found = new Set<Dependency>()
  const sets: string[][] = [[]]
  for (const names of sets) {
    for (const real of listNamed(key, levels, overrides.replacements(names))) {
      if (found.has(real)) continue
      found.add(real)
      for (const name of overrides.namesOf(real)) sets.push(overrides.sort([...names, name]))
    }
  }
  return sets.slice(1)
}

/** Returns what the route and its dependencies name, before anything is replaced. */
function listNamed (
  key: string, levels: readonly Level[], replacements: ReadonlyMap<Dependency, Dependency>
): Set<Dependency> {
  const named = new Set<Dependency>()
  for (const level of levels) collect(level, key)
  return named

  function collect (level: Level, path: string): void {
    for (const [name, asked] of Object.entries(level)) {
      const real = asked.original ?? asked
      if (named.has(real)) continue
      named.add(real)
      const who = `${path} → ${name}`
      collect(readDependencies(readUse(asked, [], replacements).dependency.dependencies, who), who)
    }
  }
}
