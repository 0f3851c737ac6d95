import { serializeError } from '../wire/error.js'
import type { FromWorker, ToWorker } from '../wire/messages.js'

/**
 * The responses that a visit waits for. A visit whose server is gone gets them from here: nobody else would
 * end its streams, its step or its background work.
 */
export class AwaitedResponses {
  /** The last message of each type that wants a response. */
  readonly #messages = new Map<string, FromWorker>()

  /** The thread has sent a message. */
  sent (message: FromWorker): void {
    this.#messages.set(hasBackground(message) ? 'background' : message.type, message)
  }

  /** The server has sent a message. */
  received ({ type }: ToWorker): void {
    // Work that runs must not be begun again. Other responses do nothing where nobody waits for them.
    if (type === 'responseOver') this.#messages.delete('background')
  }

  /** Returns what the visit gets in the place of the responses that it waits for. */
  break (error: unknown): ToWorker[] {
    const messages = [...this.#messages.values()]
    this.#messages.clear()
    return messages.flatMap((message) => respondWithError(message, error) ?? [])
  }
}

/** Undefined if the message wants no response. */
export function respondWithError (message: FromWorker, error: unknown): ToWorker | undefined {
  if (hasBackground(message)) return { type: 'responseOver', isFailed: true }
  const serialized = serializeError(error)
  switch (message.type) {
    case 'answer':
    case 'chunks': return { type: 'credit', bytes: 0, isCancelled: true, error: serialized }
    case 'credit': return { type: 'end', error: serialized }
    case 'step': return { type: 'stepResult', error: serialized }
    default: return undefined
  }
}

function hasBackground (message: FromWorker): boolean {
  return 'hasBackground' in message && message.hasBackground === true
}
