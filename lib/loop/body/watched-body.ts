import Fastify, { type FastifyRequest } from 'fastify'
import { createBare } from '../../bare-instance.js'
import { findValidator } from '../../request/validate-body.js'
import { CollectedBody } from './collected-body.js'
import { bytesOf, defineBody, type KnownBytes, type KnownRequest } from './known-bytes.js'

/**
 * A body that the loop parses. Its bytes are the body as long as nobody has read the parsed value: who has
 * read it may have changed it.
 */
class WatchedBody implements KnownBytes {
  readonly isParsed = true
  value: unknown
  reads = 0
  writes = 0
  readonly #request: FastifyRequest
  readonly #chunks: Uint8Array[] = []

  constructor (request: FastifyRequest) {
    this.#request = request
  }

  /** Takes texts as Fastify does, for a hook may have set an encoding. */
  readonly onData = (chunk: string | Uint8Array): void => {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }

  get bytes (): CollectedBody | undefined {
    const reads = findValidator(this.#request) === undefined ? 0 : readsByValidation
    // The one write is that of Fastify's parser.
    const isUnseen = this.writes === 1 && this.reads === reads
    return isUnseen ? new CollectedBody(this.#chunks, true) : undefined
  }
}

/** Keeps the bytes that Fastify's parser is about to read, and counts who accesses the parsed body. */
export function watchBody (request: FastifyRequest): void {
  const watched = new WatchedBody(request)
  defineBody(request, watched, accessor)
  request.raw.on('data', watched.onData)
}

const accessor: PropertyDescriptor & ThisType<KnownRequest<WatchedBody>> = {
  configurable: true,
  enumerable: true,
  get () {
    const watched = bytesOf(this)
    watched.reads++
    return watched.value
  },
  set (value) {
    const watched = bytesOf(this)
    watched.writes++
    watched.value = value
  }
}

/** How often Fastify reads `request.body` to validate it. */
let readsByValidation = Infinity
let learning: Promise<number> | undefined

/**
 * Counts how often Fastify reads a body to validate it, which Fastify does not promise, at a request to a
 * bare instance. To be awaited before watchBody() is called.
 */
export async function learnValidation (): Promise<void> {
  // Where inject() cannot be loaded, as by Jest, reads cannot be told apart, and bodies are copied.
  readsByValidation = await (learning ??= countReads().catch(() => Infinity))
}

async function countReads (): Promise<number> {
  const bare = createBare(() => Fastify())
  let reads = 0
  let counted = Infinity
  bare.post('/', {
    schema: { body: {} },
    validatorCompiler: () => () => true,
    preValidation (request, _reply, done) {
      const { body } = request
      Object.defineProperty(request, 'body', { get () { reads++; return body } })
      done()
    }
  }, () => {
    counted = reads
    return ''
  })
  await bare.inject({ method: 'POST', url: '/', payload: {} })
  return counted
}
