import type { FastifyInstance } from 'fastify'
import { decode, encode, type ServerControl } from '../../dist/nats/protocol.js'
import { until } from '../support/until.js'
import { changeOne, type Frame, pick, readFrame, writeFrame } from './frames.js'
import { labelOf, type Recorded, type Recording } from './recording.js'

export const slots = 100

const id = 'false'

/** A worker host that repeats what another one has said, after `change` of the frames of a session. */
export class FalseHost {
  readonly #client
  readonly #recording: Recording
  readonly #sessions: Map<string, Recorded>
  #server = ''
  /** Numbers of the sessions that were opened. */
  readonly opened: number[] = []

  constructor (recording: Recording, public change: (frames: Frame[]) => Frame[]) {
    const { client } = recording
    this.#client = client
    this.#recording = recording
    this.#sessions = recording.sessions
    client.subscribe(`fb1.host.${id}`, { callback: (_error, { reply, data }) => { this.#receive(reply!, data) } })
  }

  async isKnownTo (app: FastifyInstance): Promise<void> {
    this.#announce()
    await until('the server knows the false host', () => app.blocking.stats().hosts![0]?.roundTrip !== undefined)
  }

  get #capacity (): object {
    return { ...this.#recording.capacity!.message, host: id, slots, free: slots }
  }

  #announce (capacity = this.#capacity): void {
    this.#client.publish(this.#recording.capacity!.subject, encode(capacity))
  }

  #receive (subject: string, data: Uint8Array): void {
    const [, , , session] = subject.split('.')
    if (session === '0') return this.#respond(subject, data)
    if (!subject.endsWith('.opening')) return
    this.opened.push(Number(session))
    const { toServer } = this.#sessions.get(labelOf(readFrame(data)))!
    for (const [index, frame] of this.change(toServer).entries()) {
      this.#client.publish(subject.replace('.opening', ''), writeFrame(frame, index + 1))
    }
  }

  #respond (subject: string, data: Uint8Array): void {
    this.#server = subject
    let message: ServerControl
    try {
      message = decode<ServerControl>(Uint8Array.from(data), ['hello', 'ping', 'announce', 'outcome', 'bye'])
    } catch {
      // It responds to a call that made no sense.
      return
    }
    if (message.type === 'hello') this.#client.publish(subject, encode({ ...this.#recording.control('report'), host: id }))
    if (message.type !== 'ping') return
    // No session of the server is on this host any more.
    this.#client.publish(subject, encode({ type: 'pong', host: id, at: message.at, sessions: [] }))
    this.#announce()
  }

  /** Says that it has left, and has received no session after that one. */
  leave (opened: number): void {
    this.#client.publish(this.#server, encode({ type: 'gone', host: id, opened }))
  }

  /** Sends a message of no session with one fault. */
  confuse (random: () => number): void {
    const others = [{ ...this.#recording.control('pong'), host: id }, { ...this.#recording.control('report'), host: 'another' }]
    const unable = { type: 'unable', name: id, reason: 'it does not want to' }
    if (random() < 0.1) this.#client.publish(`fb1.${this.#recording.digest}.unable`, encode(changeOne(unable, random)))
    else if (random() < 0.5) this.#announce(changeOne(this.#capacity, random))
    else this.#client.publish(this.#server, encode(changeOne(pick(others, random), random)))
  }
}
