import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { Test } from 'tap'
import { type Capacity, decode, encode, type HostControl, type Manifest } from '../../dist/nats/protocol.js'
import { until } from '../support/until.js'
import { type Frame, readFrame } from './frames.js'

/** The frames of one session. */
export interface Recorded {
  toHost: Frame[]
  toServer: Frame[]
}

/** All that a server and its worker host send to each other. */
export class Recording {
  readonly #sessions = new Map<string, Recorded>()
  readonly #controls = new Map<string, HostControl>()
  readonly #subscription
  capacity: { subject: string, message: object } | undefined
  manifest: Manifest | undefined
  host = ''
  digest = ''

  static async start (t: Test, url: string): Promise<Recording> {
    const client = await connect({ servers: url })
    t.teardown(() => client.close())
    const recording = new Recording(client)
    await client.flush()
    return recording
  }

  private constructor (readonly client: NatsConnection) {
    this.#subscription = client.subscribe('fb1.>', {
      callback: (_error, { subject, reply = '', data }) => {
        const [, kind] = subject.split('.')
        if (kind === 'host') this.#add(reply, 'toHost', data)
        else if (kind === 'server') this.#add(subject, 'toServer', data)
        else if (kind === 'manifests') this.manifest = decode<Manifest>(Uint8Array.from(data), ['manifest'])
        else if (subject.endsWith('.capacity')) {
          const message = this.readCapacity(data)
          this.capacity = { subject, message }
          this.host = message.host
          this.digest = kind!
        }
      }
    })
    // The server publishes its manifest.
    client.publish('fb1.discovery', encode({ type: 'discovery' }))
  }

  /** Waits until there is one of each message of no session, and stops. */
  async complete (): Promise<void> {
    await until('all is recorded', () => {
      return this.manifest !== undefined && this.capacity !== undefined && this.#controls.has('pong') && this.#controls.has('report')
    })
    await this.client.flush()
    this.#subscription.unsubscribe()
  }

  #add (subject: string, direction: keyof Recorded, data: Uint8Array): void {
    const [, , , session] = subject.split('.')
    if (data.length === 0) return
    if (session === '0') {
      if (direction === 'toHost') return
      const control = decode<HostControl>(Uint8Array.from(data), ['report', 'pong', 'gone'])
      this.#controls.set(control.type, control)
      return
    }
    const known = this.#sessions.get(session!) ?? { toHost: [], toServer: [] }
    this.#sessions.set(session!, known)
    known[direction].push(readFrame(data))
  }

  /** Those whose opening was seen, by label: that of the route, or of the function. */
  get sessions (): Map<string, Recorded> {
    const sessions = [...this.#sessions.values()].filter(({ toHost }) => toHost.length > 0)
    return new Map(sessions.map((session) => [labelOf(session.toHost[0]!), session]))
  }

  readCapacity (data: Uint8Array): Capacity {
    return decode<Capacity>(Uint8Array.from(data), ['capacity'])
  }

  control (type: HostControl['type']): HostControl {
    return this.#controls.get(type)!
  }
}

export function labelOf (frame: Frame): string {
  const opening = frame.opening as { route?: string, name?: string } | undefined
  return opening?.route ?? opening?.name ?? frame.type
}
