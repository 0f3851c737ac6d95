import type { FastifyRequest } from 'fastify'

/**
 * Hides the body's headers for one reading. Fastify has no API that skips the parsing of one request, but it
 * reads the headers right after the preParsing hooks, and request.headers can be set.
 */
export function hideBodyOnce (request: FastifyRequest): void {
  request.headers = new HiddenHeaders(request) as never
}

/**
 * Headers that a request adds to those of its raw request. When they are read, which Fastify does by
 * Object.assign(), the request has its own headers again.
 */
class HiddenHeaders {
  readonly #request: FastifyRequest
  readonly #headers: FastifyRequest['headers']

  constructor (request: FastifyRequest) {
    this.#request = request
    this.#headers = request.headers
    Object.defineProperties(this, HiddenHeaders.#own)
  }

  // One getter for all: with one for each request V8 would make a hidden class for each, which keeps the
  // request and its body until a major garbage collection.
  static readonly #own: PropertyDescriptorMap & ThisType<HiddenHeaders> = {
    'content-type': {
      enumerable: true,
      get () {
        const isRaw = this.#headers === this.#request.raw.headers
        this.#request.headers = isRaw ? undefined as never : this.#headers
        return undefined
      }
    },
    'content-length': { enumerable: true, value: undefined },
    'transfer-encoding': { enumerable: true, value: undefined }
  }
}
