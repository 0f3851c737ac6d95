import type { Session } from '../executor.js'
import type { Connection } from '../nats/connection.js'
import {
  encode, type HostControl, type HostFrame, type ServerControl, type ServerFrame, subjects
} from '../nats/protocol.js'
import { isFirst, SessionLink } from '../nats/session-link.js'
import type { Opening } from '../wire/messages.js'
import { Relay, type RelayOwner } from './relay.js'
import { ServerClock } from './server-clock.js'

/** The app of a host, as a peer knows it; see RelayOwner. */
export interface PeerOwner {
  open (relay: Relay, outer: Session | undefined): void
  freed (): void
  /** Whether the host leaves. */
  isLeaving (): boolean
  cutOff (label: string): void
}

/** A server, as a host knows it: the server's sessions on this host. */
export class ServerPeer implements RelayOwner {
  /** performance.now() of the last ping. */
  seenAt = performance.now()
  /** Hosts that the server knows. */
  hosts = 1
  /** The last session that the server has opened, of those that take a slot. */
  opened = 0
  readonly #clock = new ServerClock()
  readonly #relays = new Map<number, Relay>()
  /** Those that are over, and whose calls to the loop are not: these still get their results. */
  readonly #calling = new Map<number, Relay>()
  readonly #host: string
  readonly #connection: Connection
  readonly #owner: PeerOwner

  constructor (readonly id: string, host: string, connection: Connection, owner: PeerOwner) {
    this.#host = host
    this.#connection = connection
    this.#owner = owner
  }

  get isIdle (): boolean {
    return this.#relays.size === 0
  }

  send (message: HostControl): void {
    this.#connection.publish(subjects.session(this.id, 0), encode(message))
  }

  pinged ({ at, measured, sessions, hosts }: Extract<ServerControl, { type: 'ping' }>): void {
    this.seenAt = performance.now()
    this.#clock.pinged(at, measured)
    this.hosts = hosts
    const there = new Map(sessions.map(([id, sent]) => [id, sent]))
    for (const [id, relay] of this.#relays) {
      // Either the server has ended the session, or a message to this host was lost.
      if (there.get(id) !== relay.link.received) relay.abandon()
    }
    this.send({
      type: 'pong',
      host: this.#host,
      at,
      sessions: [...this.#relays].map(([id, { link }]) => link.stateOf(id))
    })
  }

  /** A message that cannot be read, or comes after one that was lost, ends its session. */
  receive (session: number, bytes: Uint8Array): void {
    const relay = this.#relays.get(session) ?? (isFirst(bytes) ? this.#add(session) : undefined)
    try {
      relay?.receive(bytes)
    } catch (error) {
      relay!.fail(error)
    }
  }

  called ({ session, call, outcome }: Extract<ServerControl, { type: 'outcome' }>): void {
    const relay = this.#calling.get(session)
    relay?.called(call, outcome)
    if (relay?.isCalling === false) this.#calling.delete(session)
  }

  #add (id: number): Relay {
    const subject = subjects.session(this.id, id)
    const link: SessionLink<HostFrame, ServerFrame> = new SessionLink(
      (bytes) => this.#connection.publish(subject, bytes), this.#connection.longest,
      ['open', 'message', 'abort', 'terminate', 'decision', 'called']
    )
    const relay = new Relay(id, this, link)
    this.#relays.set(id, relay)
    return relay
  }

  /** The server is gone. */
  abandonAll (): void {
    for (const relay of [...this.#relays.values()]) relay.abandon()
  }

  /*
   * Called by the relays.
   */

  open (relay: Relay, outer: Session | undefined): void {
    if (outer === undefined) this.opened = Math.max(this.opened, relay.id)
    this.#owner.open(relay, outer)
  }

  get isLeaving (): boolean {
    return this.#owner.isLeaving()
  }

  cutOff (label: string): void {
    this.#owner.cutOff(label)
  }

  translate (opening: Opening, sentAt: number, validFor: number): Opening {
    const expiresAt = this.#clock.expiryOf(sentAt, validFor)
    if (opening.type !== 'visit' || opening.since === undefined) return { ...opening, expiresAt }
    return { ...opening, expiresAt, since: this.#clock.toOwn(opening.since) }
  }

  freed (): void {
    this.#owner.freed()
  }

  find (session: number): Relay | undefined {
    return this.#relays.get(session)
  }

  over (relay: Relay): void {
    this.#relays.delete(relay.id)
    if (relay.isCalling) this.#calling.set(relay.id, relay)
  }
}
