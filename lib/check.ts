import { inspect } from 'node:util'
import type { Static, TSchema } from '@sinclair/typebox'
import { Errors, type ValueError } from '@sinclair/typebox/errors'
import { InvalidOption } from './errors.js'

/** Throws an error that names the first value that does not fit, and what would. */
export function check<Schema extends TSchema> (schema: Schema, value: unknown, subject: string): asserts value is Static<Schema> {
  const first = Errors(schema, value).First()
  if (first === undefined) return
  const error = innermost(first)
  const name = error.path.slice(1).replaceAll('/', '.')
  const expected = error.message === 'Unexpected property'
    ? 'there is no such option'
    : `${error.schema.description ?? error.message} Got ${inspect(error.value, { depth: 1 })}`
  throw new InvalidOption((subject + name).trimEnd(), expected)
}

/** Of a union it is the error within a variant, if there is but one that the value may be meant for. */
function innermost (error: ValueError): ValueError {
  const within = error.errors.flatMap((errors) => errors.First() ?? []).filter(({ path }) => path !== error.path)
  return within.length === 1 ? innermost(within[0]!) : error
}
