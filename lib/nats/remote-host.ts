import type { IncomingCall, Run, Task, WorkerCounts } from '../executor.js'
import { HostGone } from '../request-errors.js'
import type { HostCounts } from '../stats-types.js'
import { isSerializable } from '../wire/byte-encoding.js'
import type { LoopCallResult } from '../wire/call-messages.js'
import { commonNow } from '../wire/clock.js'
import type { Announcement } from '../wire/messages.js'
import type { Connection } from './connection.js'
import { NatsSession, type SessionHost } from './nats-session.js'
import {
  type Capacity, encode, type HostControl, type HostFrame, longestOpening, type RoundTrip, type ServerControl,
  type ServerFrame, type SessionState, subjects
} from './protocol.js'
import { SessionLink } from './session-link.js'

/** What a host tells its executor. */
export interface HostEvents {
  called (call: IncomingCall): void
  /** There may be room for a session. */
  freed (): void
  /** A session that takes a slot is over. */
  ran (run: Run, isLost: boolean): void
  /** The session is over. */
  ended (session: NatsSession): void
}

/** ms for which sessions are not sent to wait for a slot after one had waited in vain. */
const crowdedTime = 20

/**
 * How many brief sessions may wait on a host for one that may wait in a thread: as many as end while an
 * answer and the next session are under way. See host/waiting-relays.ts.
 */
const waitingPerPrefetched = 4

/** Pings without an answer that are remembered. */
const keptPings = 8

/** A worker host, as one server knows it: its slots, and the server's sessions there. */
export class RemoteHost implements SessionHost {
  /** `asked`: the host is to report its app. `refused`: that is another app, so it gets no session. */
  state: 'asked' | 'ready' | 'refused' = 'asked'
  /** performance.now() of the last message. */
  seenAt = performance.now()
  capacity: Capacity
  #measured: RoundTrip | undefined
  readonly sessions = new Set<NatsSession>()
  /** Sessions that take a slot, and of which the host did not know when it announced its free slots. */
  readonly #underWay = new Set<NatsSession>()
  /** Others that have ended since then. */
  #ended = 0
  /** performance.now() until which sessions are not sent to wait: some have waited for too long. */
  #crowdedUntil = 0
  readonly #pings = new Map<number, SessionState[]>()
  readonly #server: string
  readonly #connection: Connection
  readonly #events: HostEvents

  /** `lane`: the number by which people know the host, see WorkerReading. */
  constructor (
    readonly lane: number, server: string, capacity: Capacity, connection: Connection, events: HostEvents
  ) {
    this.#server = server
    this.capacity = capacity
    this.#connection = connection
    this.#events = events
  }

  /** `busy` is as it is now, as far as the server can know. */
  get counts (): WorkerCounts {
    const { counts } = this.capacity
    const { live, busy } = counts
    return { ...counts, busy: Math.min(live, Math.max(0, busy + this.#underWay.size - this.#ended)) }
  }

  get reading (): HostCounts {
    const { capacity: { name, slots, version }, roundTrip } = this
    return { name, slots, free: Math.max(0, this.free), roundTrip, version }
  }

  get runs (): Run[] {
    return [...this.sessions].flatMap(({ outer, task }) =>
      outer !== undefined || task?.startedAt === undefined
        ? []
        : { label: task.label, startedAt: task.startedAt })
  }

  /** Slots that are free as far as the server can know. */
  get free (): number {
    return this.capacity.free - this.#underWay.size + this.#ended
  }

  /** ms of the last ping */
  get roundTrip (): number | undefined {
    return this.#measured?.roundTrip
  }

  /** Whether the host is known to answer, and knows the clock of the server. */
  get #isUsable (): boolean {
    return this.state === 'ready' && this.#measured !== undefined
  }

  get isFree (): boolean {
    return this.#isUsable && this.free > 0
  }

  /** Whether the host may be given a session. `mayPrefetch`: how many may wait in a thread there. */
  mayOpen (mayPrefetch: number): boolean {
    if (!this.#isUsable) return false
    if (this.free > 0) return true
    const most = waitingPerPrefetched * mayPrefetch * this.capacity.slots
    return -this.free < most && performance.now() > this.#crowdedUntil
  }

  announced (capacity: Capacity): void {
    this.capacity = capacity
    this.#ended = 0
    const last = capacity.opened[this.#server] ?? 0
    for (const session of this.#underWay) if (session.id <= last) this.#underWay.delete(session)
    this.seenAt = performance.now()
    if (this.isFree) this.#events.freed()
  }

  control (message: ServerControl): void {
    this.#connection.publish(
      subjects.host(this.capacity.host), encode(message), subjects.session(this.#server, 0)
    )
  }

  announce (announcement: Announcement): void {
    this.control({ type: 'announce', announcement })
  }

  /** `hosts`: how many the server knows. */
  ping (hosts: number): void {
    const at = commonNow()
    const sessions = [...this.sessions].map(({ id, link }) => link.stateOf(id))
    this.#pings.set(at, sessions)
    if (this.#pings.size > keptPings) this.#pings.delete(this.#pings.keys().next().value!)
    this.control({ type: 'ping', at, measured: this.#measured, sessions, hosts })
  }

  /** Messages may be lost when the broker restarts: sessions that wait for one of these would never end. */
  ponged ({ at, sessions }: Extract<HostControl, { type: 'pong' }>, hosts: number): void {
    const asked = this.#pings.get(at)
    if (asked === undefined) return
    this.#pings.delete(at)
    const wasUnknown = this.#measured === undefined
    this.#measured = { at, roundTrip: commonNow() - at }
    const there = new Map(sessions.map((state) => [state[0], state]))
    const sent = new Map(asked.map((state) => [state[0], state[1]]))
    for (const session of [...this.sessions]) {
      const sentThen = sent.get(session.id)
      if (sentThen === undefined) continue
      const [, sentThere, receivedThere] = there.get(session.id) ?? [0, Infinity, 0]
      if (sentThere > session.link.received || receivedThere < sentThen) {
        session.lose(true, new HostGone('messages were lost'))
      }
    }
    if (!wasUnknown) return
    // The host begins nothing before it knows the round trip.
    this.ping(hosts)
    if (this.isFree) this.#events.freed()
  }

  /** Throws as Executor.open(). */
  open (id: number, task: Task, mayPrefetch: number): NatsSession {
    const session = this.#create(id, undefined, task)
    task.started()
    this.#open(session, task, mayPrefetch)
    this.#underWay.add(session)
    return session
  }

  nestAs (id: number, outer: NatsSession, task: Task): NatsSession {
    const session = this.#create(id, outer, task)
    this.#open(session, task, 0)
    return session
  }

  /** Set by the executor, which numbers the sessions of all hosts. */
  nest: SessionHost['nest'] = () => { throw new TypeError('no executor') }

  #create (id: number, outer: NatsSession | undefined, task: Task): NatsSession {
    const to = subjects.host(this.capacity.host)
    const [opening, later] = [subjects.opening(this.#server, id), subjects.session(this.#server, id)]
    const link: SessionLink<ServerFrame, HostFrame> = new SessionLink(
      (bytes) => this.#connection.publish(to, bytes, link.openedAt === undefined ? opening : later),
      this.#connection.longest, ['message', 'ended', 'lost', 'busy', 'completing', 'call']
    )
    return new NatsSession(id, outer, task, this, link)
  }

  /** A session whose first message cannot be sent is repaired, and sent once more. */
  #open (session: NatsSession, task: Task, mayPrefetch: number): void {
    const { timeLimit, isTerminable } = task
    const validFor = Math.min(longestOpening, timeLimit === 0 ? Infinity : timeLimit)
    const frame: ServerFrame = {
      type: 'open',
      opening: task.open(),
      validFor,
      timeLimit,
      isTerminable,
      mayPrefetch,
      ...(session.outer !== undefined && { outer: session.outer.id })
    }
    try {
      session.link.send(frame)
    } catch (error) {
      task.repair(error, isSerializable)
      session.link.send(frame)
    }
    session.validFor = validFor
    this.sessions.add(session)
  }

  respond (session: number, call: number, outcome: LoopCallResult['outcome']): void {
    this.control({ type: 'outcome', session, call, outcome })
  }

  called (call: IncomingCall): void {
    this.#events.called(call)
  }

  /** The host has fewer slots than it has announced, or those that wait there wait for too long. */
  wasBusy (): void {
    this.#crowdedUntil = performance.now() + crowdedTime
    this.capacity = { ...this.capacity, free: Math.min(0, this.capacity.free) }
  }

  ended (session: NatsSession, isLost: boolean): void {
    this.sessions.delete(session)
    if (session.outer === undefined) {
      // Otherwise the host has not counted it either.
      if (!this.#underWay.delete(session)) this.#ended++
      const { task } = session
      if (task?.startedAt !== undefined) {
        this.#events.ran({ label: task.label, startedAt: task.startedAt }, isLost)
      }
    }
    this.#events.ended(session)
  }

  createGone (why: string): Error {
    return new HostGone(`${this.capacity.name}: ${why}`)
  }

  /**
   * The host has left, and begins no session after `opened`. Returns how many sessions are lost that it may
   * have begun.
   */
  leave (opened: number): number {
    const cause = this.createGone('it has left')
    let begun = 0
    for (const session of [...this.sessions]) {
      const isStarted = session.id <= opened
      if (isStarted) begun++
      session.lose(isStarted, cause)
    }
    return begun
  }

  /**
   * The host is gone, or has been silent for too long: its sessions are lost. One that it may still begin, if
   * it only has stopped for a while, is not answered before the host would refuse to begin it.
   */
  lose (why: string): void {
    const cause = this.createGone(why)
    for (const session of [...this.sessions]) {
      const { openedAt } = session.link
      const wait = openedAt === undefined ? 0 : openedAt + session.validFor - commonNow()
      // Nobody has all of the opening.
      const isStarted = openedAt !== undefined
      if (wait <= 0) session.lose(isStarted, cause)
      else setTimeout(() => session.lose(isStarted, cause), wait)
    }
  }
}
