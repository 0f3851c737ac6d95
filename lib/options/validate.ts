import nodeModule from 'node:module'
import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import { findOwnFile } from '../package-file.js'
import { isWorker } from '../wire/worker-data.js'
import type { Fitting, ValueError } from './schemas.cjs'

type Schemas = typeof import('./schemas.cjs')

let schemas: Schemas | undefined

/**
 * Throws FST_BLOCKING_INVALID_OPTION, which names the first value that does not fit the schema, and what
 * would fit. Returns at once in a worker: the main thread has checked the same options, and to load TypeBox
 * would take a quarter of the worker's boot. For that reason the schemas are loaded on demand and not
 * imported.
 */
export function check<Name extends keyof Fitting> (
  name: Name, value: unknown, subject: string
): asserts value is Fitting[Name] {
  if (isWorker) return
  schemas ??= loadSchemas()
  const first = schemas.Errors(schemas.byName[name], value).First()
  if (first === undefined) return
  const error = innermost(first)
  const path = error.path.slice(1).replaceAll('/', '.')
  const expected = error.message === 'Unexpected property'
    ? 'there is no such option'
    : `${error.schema.description ?? error.message} Got ${inspect(error.value, { depth: 1 })}`
  throw new InvalidOption((subject + path).trimEnd(), expected)
}

function loadSchemas (): Schemas {
  const file = findOwnFile('options/schemas.cjs')
  return nodeModule.createRequire(file)(file) as Schemas
}

/**
 * For a union, returns the error inside a variant, if there is exactly one variant that fits the value itself
 * and fails deeper within; else the error of the union.
 */
function innermost (error: ValueError): ValueError {
  const within = error.errors.flatMap((errors) => errors.First() ?? [])
    .filter(({ path }) => path !== error.path)
  return within.length === 1 ? innermost(within[0]!) : error
}
