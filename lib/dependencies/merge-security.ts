import { isDeepStrictEqual } from 'node:util'
import type { RouteOptions } from 'fastify'
import type { Level } from './context-dependencies.js'
import type { Dependency, SecurityRequirement } from './dependency.js'
import { readDependencies } from './read-dependencies.js'
import { keyOfScopes } from './scopes.js'
import { readUse, union } from './use.js'

/*
 * Merges what dependencies require of a client into `schema.security` of the route, where @fastify/swagger
 * reads it. A list of requirements has alternatives; lists of several dependencies all have to be met.
 */

type Alternatives = readonly SecurityRequirement[]

export function mergeSecurity (
  route: RouteOptions, key: string, levels: readonly Level[], overrides: ReadonlyMap<Dependency, Dependency>
): void {
  const found: Alternatives[] = []
  const seen = new Map<Dependency, Set<string>>()
  for (const level of levels) collect(level, key, [])
  if (found.length === 0) return
  const own = Reflect.get(route.schema ?? {}, 'security') as Alternatives | undefined
  // An empty list requires nothing.
  const lists = own === undefined || own.length === 0 ? found : [own, ...found]
  const security = distinct(lists).reduce(meetBoth)
  // Replace the route's schema object: other routes may share it.
  route.schema = { ...route.schema, ...{ security } }

  function collect (level: Level, path: string, inherited: readonly string[]): void {
    for (const [name, asked] of Object.entries(level)) {
      const { dependency, scopes } = readUse(asked, inherited, overrides)
      // Ends the recursion of a cycle, which makePlan() refuses.
      const before = seen.get(dependency) ?? new Set()
      seen.set(dependency, before)
      if (before.has(keyOfScopes(scopes))) continue
      before.add(keyOfScopes(scopes))
      if (dependency.security !== undefined) {
        found.push(dependency.security.map((requirement) => addScopes(requirement, scopes)))
      }
      const who = `${path} → ${name}`
      collect(readDependencies(dependency.dependencies, who), who, scopes)
    }
  }
}

function addScopes (requirement: SecurityRequirement, scopes: readonly string[]): SecurityRequirement {
  return Object.fromEntries(Object.entries(requirement).map(([scheme, own]) => [scheme, union(own, scopes)]))
}

function meetBoth (one: Alternatives, other: Alternatives): Alternatives {
  return distinct(one.flatMap((first) => other.map((second) => ({
    ...first,
    ...Object.fromEntries(Object.entries(second).map(([scheme, scopes]) =>
      [scheme, union(first[scheme] ?? [], scopes)]))
  }))))
}

function distinct<Item> (items: readonly Item[]): Item[] {
  return items.filter((item, index) => items.findIndex((other) => isDeepStrictEqual(other, item)) === index)
}
