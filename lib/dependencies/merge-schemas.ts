import type { FastifySchema, RouteOptions } from 'fastify'
import { DeclaredTooLate, SchemaConflict } from '../errors.js'
import type { Level } from './context-dependencies.js'
import type { Dependency } from './dependency.js'
import { mergeSecurity } from './merge-security.js'
import { endsBeforeSerialization, isEarly } from './plan.js'
import { readDependencies } from './read-dependencies.js'
import { readUse } from './use.js'

/*
 * Merges the schemas of dependencies into the schema of the route, so that Fastify validates and coerces what
 * they read, sets its defaults and documents it, as it does for the route's own schema.
 */

const parts = ['querystring', 'headers', 'params', 'body', 'cookies'] as const

/** A schema, and its owner, for error messages. */
interface Contribution {
  who: string
  schema: unknown
}

export function mergeSchemas (
  route: RouteOptions, key: string, levels: readonly Level[], overrides: ReadonlyMap<Dependency, Dependency>
): void {
  const dependencies = collectAll(key, levels, overrides)
  for (const part of parts) {
    const contributions: Contribution[] = [...dependencies].flatMap(([{ schema }, who]) =>
      schema?.[part] === undefined ? [] : [{ who, schema: schema[part] }])
    if (contributions.length === 0) continue
    const own: unknown = Reflect.get(route.schema ?? {}, part) ??
      (part === 'querystring' ? Reflect.get(route.schema ?? {}, 'query') : undefined)
    if (own !== undefined) contributions.unshift({ who: 'the route', schema: own })
    // Replace the route's schema object: other routes may share it.
    const schema: FastifySchema & { query?: unknown } = {
      ...route.schema,
      [part]: contributions.reduce((one, other) => merge(key, part, one, other)).schema
    }
    if (part === 'querystring') delete schema.query
    route.schema = schema
  }
  mergeSecurity(route, key, levels, overrides)
}

/**
 * Throws FST_BLOCKING_DECLARED_TOO_LATE if an override has brought in a dependency with a schema, with
 * `security`, with an early hook or with an end before serialization after the schema of the route was
 * merged, and its hooks were added.
 * `before`: the dependencies at that time.
 */
export function checkOverrides (
  key: string,
  levels: readonly Level[],
  before: ReadonlySet<Dependency>,
  overrides: ReadonlyMap<Dependency, Dependency>
): void {
  for (const [dependency, who] of collectAll(key, levels, overrides)) {
    if (before.has(dependency)) continue
    const option = isEarly(dependency)
      ? 'hook'
      : endsBeforeSerialization(dependency)
        ? 'endsAt'
        : (['schema', 'security'] as const).find((name) => dependency[name] !== undefined)
    if (option === undefined) continue
    throw new DeclaredTooLate(
      `overrideDependency with option ${option}`, `route ${key}, which uses it as ${who}, was added`
    )
  }
}

/** Returns every dependency of a route with the path to it, overrides applied. */
export function collectAll (
  key: string, levels: readonly Level[], overrides: ReadonlyMap<Dependency, Dependency>
): Map<Dependency, string> {
  const dependencies = new Map<Dependency, string>()
  for (const level of levels) collect(level, key, overrides, dependencies)
  return dependencies
}

/** A dependency already found ends the recursion, so a cycle does too; makePlan() refuses cycles. */
function collect (
  level: Level, path: string, overrides: ReadonlyMap<Dependency, Dependency>, found: Map<Dependency, string>
): void {
  for (const [name, asked] of Object.entries(level)) {
    const { dependency } = readUse(asked, [], overrides)
    if (found.has(dependency)) continue
    const who = `${path} → ${name}`
    found.set(dependency, who)
    collect(readDependencies(dependency.dependencies, who), who, overrides, found)
  }
}

function merge (route: string, part: string, one: Contribution, other: Contribution): Contribution {
  if (isSame(one.schema, other.schema)) return one
  const [first, second] = [one.schema, other.schema]
  if (!isPlainObject(first) || !isPlainObject(second)) {
    throw new SchemaConflict(
      route, part, one.who, other.who, 'are not the same, and one of them is no JSON schema that only ' +
      'lists properties, so they cannot be merged; give both the same schema object, or leave one out'
    )
  }
  for (const name of Object.keys(second.properties)) {
    if (Object.hasOwn(first.properties, name) && !isSame(first.properties[name], second.properties[name])) {
      throw new SchemaConflict(
        route, `${part}.${name}`, one.who, other.who,
        'do not say the same; give them one schema, or different names'
      )
    }
  }
  const required = [...new Set([...first.required ?? [], ...second.required ?? []])]
  const schema: ObjectSchema = {
    ...second, ...first, properties: { ...first.properties, ...second.properties }
  }
  if (required.length > 0) schema.required = required
  // Schemas that differ here are left open: a property unknown to one schema may be named by the other.
  if (first.additionalProperties !== second.additionalProperties) delete schema.additionalProperties
  return { who: one.who, schema }
}

/**
 * Whether two schemas say the same. Compares data, also the properties that TypeBox does not let enumerate.
 * A schema of another kind equals itself alone: isDeepStrictEqual() does not see what zod keeps private.
 */
function isSame (one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!isData(one) || !isData(other) || Array.isArray(one) !== Array.isArray(other)) return false
  const names = Reflect.ownKeys(one)
  return names.length === Reflect.ownKeys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
}

function isData (value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== 'object' || value === null || '~standard' in value) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

interface ObjectSchema {
  type: 'object'
  properties: Record<string, unknown>
  required?: string[]
  additionalProperties?: unknown
}

// TypeBox 1 keeps the kind of a schema in a property that is not enumerable, and so a check by a function,
// '~refine', which merge() would lose.
const mergeable = new Set([
  'type', 'properties', 'required', 'additionalProperties', '$id', 'title', 'description', 'examples', '~kind'
])

/** Whether the schema does no more than list properties, which is all that merge() can combine. */
function isPlainObject (schema: unknown): schema is ObjectSchema {
  return isData(schema) && schema.type === 'object' && isData(schema.properties) &&
    Object.getOwnPropertyNames(schema).every((name) => mergeable.has(name))
}
