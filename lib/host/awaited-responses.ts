import { serializeError } from '../wire/error.js'
import type { FromWorker, ToWorker } from '../wire/messages.js'

type ResponseType = 'credit' | 'end' | 'responseOver' | 'stepResult'

/**
 * The responses that a visit waits for. A visit whose server is gone gets them from here: nobody else would
 * end its streams, its step or its background work.
 */
export class AwaitedResponses {
  /** Types only: a message may hold a long answer. */
  readonly #types = new Set<ResponseType>()

  /** The thread has sent a message. */
  sent (message: FromWorker): void {
    const type = responseTypeOf(message)
    if (type !== undefined) this.#types.add(type)
  }

  /** The server has sent a message. */
  received ({ type }: ToWorker): void {
    // Work that runs must not be begun again. Other responses do nothing where nobody waits for them.
    if (type === 'responseOver') this.#types.delete(type)
  }

  /** Returns the responses that the visit gets instead. */
  break (error: unknown): ToWorker[] {
    const types = [...this.#types]
    this.#types.clear()
    return types.map((type) => createResponse(type, error))
  }
}

/** Returns the response to a message if the server is gone; undefined if the message wants none. */
export function respondWithError (message: FromWorker, error: unknown): ToWorker | undefined {
  const type = responseTypeOf(message)
  return type && createResponse(type, error)
}

function responseTypeOf (message: FromWorker): ResponseType | undefined {
  if ('hasBackground' in message && message.hasBackground === true) return 'responseOver'
  switch (message.type) {
    case 'answer':
    case 'chunks': return 'credit'
    case 'credit': return 'end'
    case 'step': return 'stepResult'
    default: return undefined
  }
}

function createResponse (type: ResponseType, error: unknown): ToWorker {
  switch (type) {
    case 'responseOver': return { type, isFailed: true, error: serializeError(error) }
    case 'credit': return { type, bytes: 0, isCancelled: true, error: serializeError(error) }
    default: return { type, error: serializeError(error) }
  }
}
