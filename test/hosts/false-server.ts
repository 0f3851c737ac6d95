import { encode } from '../../dist/nats/protocol.js'
import { changeOne, type Frame, pick, readFrame, readNow, writeFrame } from './frames.js'
import type { Recording } from './recording.js'

const id = 'false'

/** A server that says to a worker host what it is told. */
export class FalseServer {
  /** Types of the frames that the host has sent, by session. */
  readonly received = new Map<number, string[]>()
  readonly #client
  readonly #recording: Recording
  #last = 0

  constructor (recording: Recording) {
    const { client } = recording
    this.#client = client
    this.#recording = recording
    client.subscribe(`fb1.server.${id}.*`, {
      callback: (_error, { subject, data }) => {
        const session = Number(subject.split('.')[3])
        if (session > 0) this.received.set(session, [...this.received.get(session) ?? [], readFrame(data).type])
      }
    })
  }

  greet (): void {
    this.#control({ type: 'hello', digest: this.#recording.digest })
  }

  /** Lets the host measure the clock of this server, which is that of the host. */
  synchronize (): void {
    const at = readNow()
    this.ping(at)
    this.ping(readNow(), { at, roundTrip: 5 })
  }

  /** `at`, `measured`, `hosts`: see ServerControl. */
  ping (at: number, measured?: { at: number, roundTrip: number }, hosts = 1): void {
    this.#control({ type: 'ping', at, measured, sessions: [], hosts })
  }

  /** Returns the number of the session. */
  open (frames: readonly Frame[], sentAt = readNow()): number {
    const session = ++this.#last
    for (const [index, frame] of frames.entries()) {
      this.#send(`${session}${index === 0 ? '.opening' : ''}`, writeFrame(frame, index + 1, sentAt))
    }
    return session
  }

  /** Sends a message of no session with one fault. */
  confuse (random: () => number): void {
    const { manifest } = this.#recording
    if (random() < 0.05) this.#client.publish('fb1.manifests', encode(changeOne({ ...manifest, digest: `${this.#last}` }, random)))
    else this.#confuseAsServer(random)
  }

  #confuseAsServer (random: () => number): void {
    const messages = [
      { type: 'ping', at: readNow(), measured: { at: readNow(), roundTrip: 1 }, sessions: [[this.#last, 1, 1]], hosts: 1 },
      { type: 'outcome', session: this.#last, call: 1, outcome: { value: 1 } },
      { type: 'announce', announcement: { type: 'listening', address: '127.0.0.1', addresses: ['127.0.0.1'] } },
      { type: 'announce', announcement: { type: 'appLevel', appLevel: 'info' } }
    ]
    this.#control(changeOne(pick(messages, random), random))
  }

  leave (): void {
    this.#control({ type: 'bye' })
  }

  #control (message: unknown): void {
    this.#send('0', encode(message))
  }

  #send (subject: string, bytes: Uint8Array): void {
    this.#client.publish(`fb1.host.${this.#recording.host}`, bytes, { reply: `fb1.server.${id}.${subject}` })
  }
}
