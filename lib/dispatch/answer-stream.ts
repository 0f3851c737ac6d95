import type { ServerResponse } from 'node:http'
import type { Slot } from '../pool/executor.js'
import { toFault } from '../wire/fault.js'
import { Flag } from '../wire/flag.js'
import type { Answer } from '../wire/messages.js'
import { PartStream } from '../wire/part-stream.js'
import { streamWindow } from '../wire/streams.js'

/** The stream of an answer that has begun, or is there as a whole. */
export function openStream (answer: Answer, slot: Slot, raw: Response): AnswerStream {
  const stream = new AnswerStream(slot, raw)
  stream.receive(answer.payload as Uint8Array)
  if (answer.stream === 'whole') stream.end()
  return stream
}

type Response = Pick<ServerResponse, 'destroyed' | 'writableFinished'>

/** A streamed answer as Fastify and `onSend` hooks see it. */
export class AnswerStream extends PartStream {
  readonly #slot: Slot
  readonly #raw: Response

  constructor (slot: Slot, raw: Response) {
    super(streamWindow)
    this.#slot = slot
    this.#raw = raw
    // A hook may have put something else in its place, and then nobody listens.
    this.on('error', () => {})
  }

  protected askFor (credit: number): void {
    this.#slot.flow({ credit })
  }

  protected cancel (error: Error | null): void {
    if (this.#raw.destroyed && !this.#raw.writableFinished) this.#slot.flag(Flag.clientGone)
    this.#slot.flow({ credit: 0, isCancelled: true, ...(error && { fault: toFault(error) }) })
  }
}
