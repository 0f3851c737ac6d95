import type { FastifyRequest } from 'fastify'
import { isThenable } from '../promises.js'

type Validate = (body: unknown, parent?: { parentData: object, parentDataProperty: string }) => unknown

/**
 * Validates a parsed body once more that the other side has validated: for what validation changes in it,
 * such as defaults and coerced values. Does what Fastify's `lib/validation.js` does for the body, but for the
 * error. Returns a promise if the validator is asynchronous.
 */
export function validateAgain (
  request: FastifyRequest, validate: Validate | undefined
): Promise<unknown> | undefined {
  // Fastify validates params first, and then no other part if they are invalid.
  if (validate === undefined || request.validationError?.validationContext === 'params') return undefined
  const body: unknown = request.body ?? null
  let result: unknown
  try {
    // Ajv replaces a coerced root in its parent. Validators of other compilers may take other parameters.
    result = 'schemaEnv' in validate
      ? validate(body, { parentData: request, parentDataProperty: 'body' })
      : validate(body)
  } catch {
    return undefined // the other side has had the same error
  }
  if (isThenable(result)) return Promise.resolve(result).catch(() => {})
  if (typeof result === 'object' && result !== null && !('error' in result && Boolean(result.error)) &&
    'value' in result) request.body = result.value
  return undefined
}

/** Returns the validator of a body of the request's route and media type; undefined if there is none. */
export function findValidator (request: FastifyRequest): Validate | undefined {
  const compiled = request.getValidationFunction('body') as Validate | Record<string, Validate> | undefined
  if (compiled === undefined || typeof compiled === 'function') return compiled
  const { mediaType } = request
  return mediaType !== undefined && Object.hasOwn(compiled, mediaType) ? compiled[mediaType] : undefined
}
