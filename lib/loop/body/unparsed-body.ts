import type { FastifyRequest } from 'fastify'
import { BodyLeft } from '../../errors.js'
import { findValidator, validateAgain } from '../../request/validate-body.js'
import type { CollectedBody } from './collected-body.js'
import { bytesOf, defineBody, type KnownBytes, type KnownRequest } from './known-bytes.js'
import type { BodyFormat, BodyParser } from './parse-body.js'

/** A body that only the worker parses, unless somebody reads `request.body` on the loop after all. */
class UnparsedBody implements KnownBytes {
  readonly isParsed = false
  /** Found at once: a handler for what is not found has another route. */
  readonly validate: ReturnType<typeof findValidator>

  constructor (
    request: FastifyRequest,
    readonly route: string,
    readonly format: BodyFormat,
    readonly bytes: CollectedBody,
    readonly parse: BodyParser
  ) {
    this.validate = findValidator(request)
  }
}

/** Has `request.body` parse and validate the bytes when it is read. */
export function defineUnparsedBody (...body: ConstructorParameters<typeof UnparsedBody>): void {
  const [request] = body
  defineBody(request, new UnparsedBody(...body), accessor)
}

const accessor: PropertyDescriptor & ThisType<KnownRequest<UnparsedBody>> = {
  configurable: true,
  enumerable: true,
  get () {
    const { route, format, bytes, parse, validate } = bytesOf(this)
    if (bytes.isGone) {
      warnOfLeft(route)
      return undefined
    }
    defineValue(this, parse(format, bytes.toString(), this))
    if (this.body !== undefined) validateAgain(this, validate)
    return this.body
  },
  set (value) {
    defineValue(this, value)
  }
}

function defineValue (request: FastifyRequest, value: unknown): void {
  Object.defineProperty(request, 'body', { value, writable: true, configurable: true, enumerable: true })
}

/** Routes already warned of. */
const warned = new Set<string>()

/** A warning, since the reader may be a serializer of the log, whose error would end the process. */
function warnOfLeft (route: string): void {
  if (warned.has(route)) return
  warned.add(route)
  const { message, code } = new BodyLeft(route)
  process.emitWarning(message, { code })
}
