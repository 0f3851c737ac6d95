import { errorCodes, type FastifyInstance, type FastifyRequest, type RouteOptions } from 'fastify'
import { isThenable } from '../promises.js'
import type { RouteHandler } from '../routes/route-handler.js'
import { findErrorFormatter } from '../routes/route-watch.js'

type CookieRequest = FastifyRequest & { cookies?: unknown }
type ValidationError = NonNullable<FastifyRequest['validationError']>

// Fastify's types name its own parts of a request alone.
interface Validate {
  (data: unknown, parent?: { parentData: object, parentDataProperty: string }): unknown
  errors?: readonly Invalid[] | null
  schemaEnv?: unknown
}
interface Invalid { instancePath: string, message?: string }
type Compile = (schema: object, part: string) => Validate
type Format = (errors: readonly Invalid[], part: string) => Error

const part = 'cookies'

/**
 * Validates the cookies of a route whose dependencies have a schema of these, since Fastify does not: with
 * the validator compiler of the route, and with errors like those of the parts that Fastify validates.
 */
export class CookieValidation {
  readonly #instance: FastifyInstance
  readonly #route: RouteOptions
  #validate: Validate | undefined
  #format: Format = formatErrors

  /** `route.schema` has the schema of the cookies. */
  constructor (instance: FastifyInstance, route: RouteOptions) {
    this.#instance = instance
    this.#route = route
  }

  /** Called once the app is complete. Throws FST_ERR_SCH_VALIDATION_BUILD. */
  start (): void {
    const { method, url, validatorCompiler, schemaErrorFormatter } = this.#route
    this.#format = (schemaErrorFormatter ?? findErrorFormatter(this.#instance) ?? formatErrors) as Format
    // Undefined if nothing else is validated: then Fastify makes the compiler at the first request.
    const compiler = validatorCompiler ?? this.#instance.validatorCompiler
    if (compiler === undefined) return
    try {
      const spec = { schema: this.#schema, method: String(method), url, httpPart: part }
      this.#validate = compiler(spec) as unknown as Validate
    } catch (error) {
      // The compiler may be that of the context around: it does not know the shared schemas of this one.
      if ('missingRef' in (error as Error)) return
      throw errorCodes.FST_ERR_SCH_VALIDATION_BUILD(String(method), url, (error as Error).message)
    }
  }

  get #schema (): object {
    return Reflect.get(this.#route.schema!, part) as object
  }

  /**
   * Validates and coerces `request.cookies`, and sets defaults there. Throws, or rejects, with an error of
   * status 400, unless the route has `attachValidation`. Returns a promise only if the validator is
   * asynchronous.
   */
  check (request: CookieRequest): Promise<void> | undefined {
    this.#validate ??= (request.compileValidationSchema as Compile).call(request, this.#schema, part)
    const validate = this.#validate
    const cookies = request.cookies ?? null
    // Ajv replaces a coerced root in its parent. Validators of other compilers may take other parameters.
    const result = validate.schemaEnv === undefined
      ? validate(cookies)
      : validate(cookies, { parentData: request, parentDataProperty: part })
    if (isThenable(result)) {
      return Promise.resolve(result).then((passed) => {
        if (passed === false) this.#fail(request, validate.errors ?? [])
      }, (error: Error) => this.#fail(request, error))
    }
    if (result === false) this.#fail(request, validate.errors ?? [])
    else if (typeof result === 'object' && result !== null) this.#take(request, result)
    return undefined
  }

  /** Takes the result of a validator that is not Ajv's. */
  #take (request: CookieRequest, result: { error?: Error | Invalid[], value?: unknown }): void {
    if (result.error) this.#fail(request, result.error)
    else if ('value' in result) request.cookies = result.value
  }

  #fail (request: FastifyRequest, errors: Error | readonly Invalid[]): void {
    const error = this.#toError(errors)
    if (this.#route.attachValidation !== true) throw error
    request.validationError ??= error
  }

  #toError (errors: Error | readonly Invalid[]): ValidationError {
    const isError = errors instanceof Error
    const error: Partial<ValidationError & { statusCode: number, code: string }> = isError
      ? errors
      : this.#format(errors, part)
    error.statusCode ??= 400
    error.code ??= 'FST_ERR_VALIDATION'
    error.validationContext ??= part
    if (!isError) error.validation = errors
    return error as ValidationError
  }
}

/** Makes a handler that validates the cookies first. */
export function checkCookies (cookies: CookieValidation, handle: RouteHandler): RouteHandler {
  return function validateCookies (request, reply) {
    const pending = cookies.check(request)
    if (pending === undefined) return handle.call(this, request, reply)
    return pending.then(() => {
      const result = handle.call(this, request, reply)
      return result === undefined ? reply : result
    })
  }
}

/** Writes the message that Fastify writes by default. */
function formatErrors (errors: readonly Invalid[], part: string): Error {
  return new Error(errors.map(({ instancePath, message }) => `${part}${instancePath} ${message}`).join(', '))
}
