import { Readable } from 'node:stream'
import type { DashboardEvent } from './protocol.js'
import type { Recorder } from './recorder.js'

/** Bytes that may wait for a viewer. One that reads too slowly is disconnected, and connects again. */
const maxWaiting = 8 * 2 ** 20

/** The connections of the viewers of one dashboard, as streams of server-sent events. */
export class EventStreams {
  readonly #recorder: Recorder
  readonly #streams = new Set<Readable>()

  constructor (recorder: Recorder) {
    this.#recorder = recorder
  }

  /** Opens the stream of one viewer, which begins with all that was recorded. */
  open (): Readable {
    const stream = new Readable({ read () {} })
    // Before the first event, which a tick must not precede.
    if (this.#streams.size === 0) this.#recorder.join(this.#send)
    this.#streams.add(stream)
    stream.once('close', () => this.#left(stream))
    stream.push(format(this.#recorder.readAll()))
    return stream
  }

  /** Ends every stream: a server that closes waits for its connections. */
  close (): void {
    for (const stream of this.#streams) stream.push(null)
  }

  /** Sends the same bytes to all. */
  readonly #send = (event: DashboardEvent): void => {
    const chunk = format(event)
    for (const stream of this.#streams) {
      if (stream.readableLength > maxWaiting) stream.destroy()
      else stream.push(chunk)
    }
  }

  #left (stream: Readable): void {
    this.#streams.delete(stream)
    if (this.#streams.size === 0) this.#recorder.leave(this.#send)
  }
}

function format (event: DashboardEvent): Buffer {
  return Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}
