import nodeModule from 'node:module'
import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import { findOwnFile } from '../package-file.js'
import { isWorker } from '../wire/worker-data.js'
import type { Fitting, ValueError } from './schemas.cjs'

type Schemas = typeof import('./schemas.cjs')

/** What scripts/compile-checks.js writes. */
type Checks = Readonly<Record<keyof Fitting, (value: unknown) => boolean>>

let checks: Checks | undefined

/**
 * Throws FST_BLOCKING_INVALID_OPTION, which names the first value that does not fit the schema, and what
 * would fit. Returns at once in a worker: the main thread has checked the same options.
 */
export function check<Name extends keyof Fitting> (
  name: Name, value: unknown, subject: string
): asserts value is Fitting[Name] {
  if (isWorker) return
  checks ??= load<Checks>('options/checks.cjs')
  if (checks[name](value)) return
  // TypeBox is loaded to tell what does not fit: it would take as long as the rest of this package.
  const schemas = load<Schemas>('options/schemas.cjs')
  const first = schemas.Errors(schemas.byName[name], value).First()
  if (first === undefined) return
  const error = innermost(first)
  const path = error.path.slice(1).replaceAll('/', '.')
  const expected = error.message === 'Unexpected property'
    ? 'there is no such option'
    : `${error.schema.description ?? error.message} Got ${inspect(error.value, { depth: 1 })}`
  throw new InvalidOption((subject + path).trimEnd(), expected)
}

function load<Exports> (name: string): Exports {
  const file = findOwnFile(name)
  return nodeModule.createRequire(file)(file) as Exports
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
