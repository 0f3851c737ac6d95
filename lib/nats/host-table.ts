import type { FastifyBaseLogger } from 'fastify'
import { EventLog } from '../event-log.js'
import type { WorkerCounts, WorkerEvent, WorkerReading } from '../executor.js'
import type { Announcement } from '../wire/messages.js'
import type { BootReport } from '../wire/worker-data.js'
import { GoneHosts } from './gone-hosts.js'
import { type Capacity, type HostControl, longestSilence, type Unable } from './protocol.js'
import type { RemoteHost } from './remote-host.js'

/** The executor, as the table knows it. */
export interface HostTableOwner {
  /** Digest of the app. */
  readonly digest: string
  /** A host has announced itself. */
  create (capacity: Capacity): RemoteHost
  /** Throws if the host has built another app. */
  check (report: BootReport): void
  /** There may be room for a session. */
  freed (): void
}

/** The worker hosts that one registration knows, from their first announcement to their end. */
export class HostTable {
  readonly events = new EventLog<WorkerEvent>()
  readonly #hosts = new Map<string, RemoteHost>()
  /** Ids of those that have another app. */
  readonly #refused = new Set<string>()
  /** Why hosts cannot serve the app, by name of the host: each reason is told once. */
  readonly #unable = new Map<string, string>()
  /** The last announcement of each type, for hosts that come later. */
  readonly #announced = new Map<string, Announcement>()
  readonly #gone = new GoneHosts()
  readonly #log: FastifyBaseLogger
  readonly #owner: HostTableOwner

  constructor (log: FastifyBaseLogger, owner: HostTableOwner) {
    this.#log = log
    this.#owner = owner
  }

  get size (): number {
    return this.#hosts.size
  }

  get ready (): RemoteHost[] {
    return [...this.#hosts.values()].filter(({ state }) => state === 'ready')
  }

  announced (capacity: Capacity): void {
    const known = this.#hosts.get(capacity.host)
    if (known !== undefined) return known.announced(capacity)
    if (this.#refused.has(capacity.host)) return
    const host = this.#owner.create(capacity)
    this.#hosts.set(capacity.host, host)
    this.#gone.delete(capacity.host)
    host.control({ type: 'hello', digest: this.#owner.digest })
    for (const announcement of this.#announced.values()) host.announce(announcement)
    host.ping(this.size)
  }

  announce (announcement: Announcement): void {
    this.#announced.set(announcement.type, announcement)
    for (const host of this.#hosts.values()) host.announce(announcement)
  }

  /** A host has sent a message that concerns no session. */
  receive (message: HostControl): void {
    const host = this.#hosts.get(message.host)
    if (host === undefined) return
    host.seenAt = performance.now()
    if (message.type === 'pong') host.ponged(message, this.size)
    else if (message.type === 'gone') this.#left(host, message.opened)
    else this.#reported(host, message.report)
  }

  #reported (host: RemoteHost, report: BootReport): void {
    const { host: id, name, version, slots } = host.capacity
    try {
      this.#owner.check(report)
    } catch (err) {
      host.state = 'refused'
      this.#refused.add(id)
      this.#hosts.delete(id)
      this.events.add({ type: 'hostRefused', host: name, error: err })
      this.#log.error({ err }, `fastify-blocking: worker host ${name} has another app, and gets no requests`)
      return
    }
    host.state = 'ready'
    this.#unable.delete(name)
    this.events.add({ type: 'hostJoined', worker: host.lane, host: name, slots, version })
    this.#log.info(`fastify-blocking: worker host ${name} is there: slots: ${slots}, version ${version}`)
    if (host.isFree) this.#owner.freed()
  }

  unable ({ name, reason }: Unable): void {
    if (this.#unable.get(name) === reason) return
    this.#unable.set(name, reason)
    this.events.add({ type: 'hostUnable', host: name })
    this.#log.warn(`fastify-blocking: worker host ${name} gets no requests: ${reason}`)
  }

  /** Asks each host for a sign of life. `isLate`: this process has not come to what hosts have sent. */
  ping (isLate: boolean): void {
    const now = performance.now()
    for (const host of [...this.#hosts.values()]) {
      if (isLate) host.seenAt = now
      if (now - host.seenAt > longestSilence) this.#lost(host, `it was silent for ${longestSilence} ms`)
      else {
        if (host.state === 'asked') host.control({ type: 'hello', digest: this.#owner.digest })
        host.ping(this.size)
      }
    }
  }

  #left (host: RemoteHost, opened: number): void {
    const { host: id, name } = host.capacity
    this.#remove(id, host)
    const cutOff = host.leave(opened)
    if (cutOff === 0) this.#log.info(`fastify-blocking: worker host ${name} has left`)
    else this.#tellGone(name, `it has left, with ${cutOff} requests or calls that had not ended`)
    if (host.state === 'ready') this.events.add({ type: 'hostLeft', worker: host.lane, host: name })
  }

  #lost (host: RemoteHost, reason: string): void {
    const { host: id, name } = host.capacity
    this.#tellGone(name, reason)
    this.#remove(id, host)
    host.lose(reason)
    if (host.state === 'ready') this.events.add({ type: 'hostLost', worker: host.lane, host: name, reason })
  }

  #remove (id: string, host: RemoteHost): void {
    this.#hosts.delete(id)
    if (host.state === 'ready') this.#gone.add(id, host.counts)
  }

  #tellGone (name: string, reason: string): void {
    this.#log.warn(`fastify-blocking: worker host ${name} is gone: ${reason}`)
  }

  /** Returns the host with most free slots, or with fewest that wait for one; see RemoteHost.mayOpen(). */
  choose (mayPrefetch: number): RemoteHost | undefined {
    let chosen: RemoteHost | undefined
    for (const host of this.#hosts.values()) {
      if (host.mayOpen(mayPrefetch) && host.free > (chosen?.free ?? -Infinity)) chosen = host
    }
    return chosen
  }

  /** Nobody has received the opening of the session. */
  unreceived (id: number): void {
    for (const host of this.#hosts.values()) {
      for (const session of host.sessions) {
        if (session.id !== id) continue
        host.wasBusy()
        return session.lose(false, undefined)
      }
    }
  }

  /** The threads of all hosts; `hosts` has their slots. */
  stats (): WorkerCounts {
    const { ready } = this
    const sum = (read: (counts: WorkerCounts) => number): number =>
      ready.reduce((total, { counts }) => total + read(counts), 0)
    return this.#gone.addTo({
      starting: sum(({ starting }) => starting),
      live: sum(({ live }) => live),
      busy: sum(({ busy }) => busy),
      retired: sum(({ retired }) => retired),
      exiting: sum(({ exiting }) => exiting),
      killed: sum(({ killed }) => killed),
      retirements: sum(({ retirements }) => retirements),
      recycled: sum(({ recycled }) => recycled),
      heapsUsed: ready.flatMap(({ counts: { heapsUsed } }) => heapsUsed),
      boots: sum(({ boots }) => boots),
      failedBoots: sum(({ failedBoots }) => failedBoots),
      bootTime: sum(({ bootTime }) => bootTime),
      hosts: ready.map(({ reading }) => reading)
    })
  }

  /** One for each host. */
  readWorkers (): WorkerReading[] {
    return this.ready.map(({ lane, counts: { heapsUsed }, runs, reading }) => ({
      worker: lane,
      state: 'live',
      heapUsed: heapsUsed.reduce((sum, heap) => sum + heap, 0),
      running: runs,
      host: reading
    }))
  }

  /** The server leaves. */
  close (): void {
    for (const host of this.#hosts.values()) host.control({ type: 'bye' })
  }
}
