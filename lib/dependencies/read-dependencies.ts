import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import { type Dependency, isDependency } from './dependency.js'

/**
 * Reads the dependencies that a route, a context or another dependency names. `where` names that owner, for
 * errors: "route GET /statement", "dependency account". Throws FST_BLOCKING_INVALID_OPTION.
 */
export function readDependencies (record: unknown, where: string): Record<string, Dependency> {
  if (typeof record !== 'object' || record === null || Array.isArray(record) || isDependency(record)) {
    throw new InvalidOption(
      `${where}: dependencies`,
      'these are given by name: { user: dependency(…) }. Got ' +
      `${isDependency(record) ? 'a dependency' : inspect(record, { depth: 1 })}`
    )
  }
  return Object.fromEntries(Object.entries(record).map(([name, value]) => {
    if (!isDependency(value)) {
      throw new InvalidOption(`${where}: dependencies.${name}`, whatInstead(name, value))
    }
    return [name, value]
  }))
}

function whatInstead (name: string, value: unknown): string {
  switch (typeof value) {
    case 'function': return 'a function is not a dependency yet; wrap it in dependency(), from ' +
      `fastify-blocking. Got ${inspect(value)}`
    case 'undefined': return `it is undefined. If two modules import each other, write { get ${name} () ` +
      `{ return ${name} } }`
    default: return `it is not made by dependency(). Got ${inspect(value, { depth: 1 })}`
  }
}
