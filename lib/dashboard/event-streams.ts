import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Recorder } from './recorder.js'

/** Bytes of ticks that may wait for a viewer. A slower one is disconnected, and connects again. */
const maxWaiting = 2 * 2 ** 20

/** The connections of the viewers of one dashboard, as streams of server-sent events. */
export class EventStreams {
  readonly #recorder: Recorder
  readonly #streams = new Map<Readable, ServerResponse>()
  #isClosed = false

  constructor (recorder: Recorder) {
    this.#recorder = recorder
  }

  /** Opens the stream of one viewer, which begins with all that was recorded. */
  open (response: ServerResponse): Readable {
    const stream = new Readable({ read () {} })
    // A guard may have taken its time.
    if (this.#isClosed) stream.push(null)
    if (this.#isClosed || response.destroyed) return stream
    // Before the first event, which a tick must not precede.
    if (this.#streams.size === 0) this.#recorder.join(this.#send)
    this.#streams.set(stream, response)
    stream.once('close', () => this.#left(stream))
    // A hook may have answered in place of the stream.
    response.once('close', () => stream.destroy())
    stream.push(format('begin', this.#recorder.readAll()))
    return stream
  }

  /** Ends every stream: a server that closes waits for its connections. */
  close (): void {
    this.#isClosed = true
    for (const [stream, response] of this.#streams) {
      // The end would wait behind what the viewer does not read.
      if (stream.readableLength + response.writableLength > 0) response.destroy()
      else stream.push(null)
    }
  }

  /** Sends the same bytes to all. */
  readonly #send = (tick: string): void => {
    const chunk = format('tick', tick)
    for (const [stream] of this.#streams) {
      if (stream.readableLength > maxWaiting) stream.destroy()
      else stream.push(chunk)
    }
  }

  #left (stream: Readable): void {
    this.#streams.delete(stream)
    if (this.#streams.size === 0) this.#recorder.leave(this.#send)
  }
}

function format (event: string, data: string): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${data}\n\n`)
}
