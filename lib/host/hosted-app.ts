import type { FastifyBaseLogger } from 'fastify'
import type { IncomingCall, Session } from '../executor.js'
import type { Connection } from '../nats/connection.js'
import {
  type Capacity, encode, heartbeat, longestSilence, type Manifest, type ServerControl, subjects
} from '../nats/protocol.js'
import { defaultNiceIncrement, type ThreadSettings } from '../options/settings.js'
import { settledWithin } from '../promises.js'
import { ThreadPool } from '../threads/thread-pool.js'
import type { BootReport } from '../wire/worker-data.js'
import type { Relay } from './relay.js'
import { ServerPeer } from './server-peer.js'
import { refuseOutside } from './session-calls.js'
import { WaitingRelays } from './waiting-relays.js'

/** ms between two announcements of free slots, besides heartbeats: at least, and per host of a server. */
const announceInterval = 10
const announceIntervalPerHost = 0.5

/** What all apps of a host share. */
export interface HostContext {
  id: string
  name: string
  /** URL of the module on this machine. */
  module: string
  /** Undefined: as the server says. */
  options: Record<string, unknown> | undefined
  threads: number
  /** Undefined: as the server says. */
  concurrency: number | undefined
  /** Options of threads, as of option pool. */
  pool: Partial<ThreadSettings['pool']>
  connection: Connection
  log: FastifyBaseLogger
}

/** One registration on this host: its threads, and the servers that it works for. */
export class HostedApp {
  /** performance.now() from which on there has been no server. */
  emptySince = performance.now()
  readonly digest: string
  readonly #context: HostContext
  readonly #version: string
  readonly #grace: number
  readonly #slots: number
  readonly #pool: ThreadPool
  readonly #peers = new Map<string, ServerPeer>()
  readonly #relays = new WeakMap<Session, Relay>()
  readonly #waiting = new WaitingRelays((relay) => this.#openInThread(relay))
  #report: BootReport | undefined
  #isLeaving = false
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined
  #tickedAt = performance.now()

  constructor (
    { digest, version, workerData, settings: { concurrentTasksPerWorker, ...settings } }: Manifest,
    context: HostContext
  ) {
    const { threads, concurrency = concurrentTasksPerWorker, module, log } = context
    const { options = workerData.options } = context
    this.digest = digest
    this.#context = context
    this.#version = version
    this.#grace = settings.grace
    this.#slots = threads * concurrency
    const { resourceLimits } = settings
    this.#pool = new ThreadPool({
      ...workerData,
      module,
      options,
      folder: process.cwd(),
      mainFile: workerData.mainFile === undefined ? undefined : process.argv[1],
      usesTsNode: false,
      isTraced: true, // any of the servers may be
      heap: settings.recycle.heap,
      isRemote: true
    }, {
      ...settings,
      pool: {
        ...(resourceLimits && { resourceLimits }),
        niceIncrement: defaultNiceIncrement,
        ...context.pool,
        minThreads: threads,
        maxThreads: threads,
        maxRetired: 1,
        idleTimeout: 60_000,
        concurrentTasksPerWorker: concurrency
      }
    }, log)
    this.#pool.onCall((call) => this.#called(call))
    this.#pool.onCapacity(() => this.#fill())
    this.#pool.onLog((line) => {
      context.connection.publish(subjects.log(digest), encode({ type: 'log', line }))
    })
  }

  /** Builds the app in every thread, then announces the slots. Rejects if one could not. */
  async start (): Promise<BootReport> {
    let report: BootReport
    try {
      report = (await this.#pool.start())[0]!
    } catch (error) {
      await this.#pool.close()
      throw error
    }
    this.#pool.onBoot(() => {}, () => {})
    this.#report = report
    if (this.#isLeaving) return report
    this.#timer = setInterval(() => this.#tick(), heartbeat)
    this.announce()
    return report
  }

  get hasServers (): boolean {
    return this.#peers.size > 0
  }

  #tick (): void {
    const now = performance.now()
    // This process has not come to what servers have sent.
    const isLate = now - this.#tickedAt > 2 * heartbeat
    this.#tickedAt = now
    for (const peer of this.#peers.values()) {
      if (isLate) peer.seenAt = now
      if (now - peer.seenAt > longestSilence) this.#drop(peer)
    }
    this.announce()
  }

  #drop (peer: ServerPeer): void {
    this.#peers.delete(peer.id)
    this.emptySince = performance.now()
    peer.abandonAll()
  }

  announce (): void {
    if (this.#report === undefined) return
    const { id, name, connection } = this.#context
    const capacity: Capacity = {
      type: 'capacity',
      host: id,
      name,
      version: this.#version,
      slots: this.#slots,
      free: this.#isLeaving ? 0 : this.#pool.free - this.#pool.prefetched - this.#waiting.length,
      opened: Object.fromEntries([...this.#peers.values()].map(({ id, opened }) => [id, opened])),
      counts: this.#pool.stats()
    }
    connection.publish(subjects.capacity(this.digest), encode(capacity))
  }

  /**
   * What happens in one turn, and shortly after it, is announced together: the more hosts a server has, the
   * later, so that announcements do not fill its event loop. The server counts its own sessions meanwhile.
   */
  #announceSoon (): void {
    if (this.#soon !== undefined) return
    const hosts = Math.max(0, ...[...this.#peers.values()].map(({ hosts }) => hosts))
    this.#soon = setTimeout(() => {
      this.#soon = undefined
      this.announce()
    }, Math.max(announceInterval, hosts * announceIntervalPerHost))
  }

  /** `server`: its id. */
  control (server: string, message: ServerControl): void {
    const peer = this.#peers.get(server) ?? this.#add(server)
    switch (message.type) {
      case 'hello': return peer.send({ type: 'report', host: this.#context.id, report: this.#report! })
      case 'ping': return peer.pinged(message)
      case 'announce': return this.#pool.announce(message.announcement)
      case 'outcome': return peer.called(message)
      case 'bye': this.#drop(peer)
    }
  }

  #add (id: string): ServerPeer {
    const { id: host, connection } = this.#context
    const peer = new ServerPeer(id, host, connection, {
      open: (relay, outer) => this.#open(relay, outer),
      freed: () => this.#freed(),
      isLeaving: () => this.#isLeaving,
      cutOff: (label) => {
        const grace = `twice option grace, which is ${this.#grace} ms`
        this.#context.log.warn(`fastify-blocking: ${label} was cut off: it did not end within ${grace}`)
      }
    })
    this.#peers.set(id, peer)
    return peer
  }

  #open (relay: Relay, outer: Session | undefined): void {
    this.#announceSoon()
    if (outer === undefined && this.#isLeaving) return relay.refuse()
    const hasBegun = outer === undefined
      ? this.#waiting.length === 0 && relay.begin(this.#openInThread)
      : relay.begin((relay) => this.#link(outer.nest(relay), relay))
    if (hasBegun) return
    if (relay.mayPrefetch > 0) this.#waiting.add(relay)
    else relay.refuse()
  }

  readonly #openInThread = (relay: Relay): Session | undefined =>
    this.#link(this.#pool.open(relay, relay.mayPrefetch, 1), relay)

  #link (session: Session | undefined, relay: Relay): Session | undefined {
    if (session !== undefined) this.#relays.set(session, relay)
    return session
  }

  /** A session has ended. Its own server knows; others learn of the free slot by an announcement. */
  #freed (): void {
    this.#waiting.fill()
    if (this.#peers.size > 1) this.#announceSoon()
  }

  /** There may be a place for a session that waits. */
  #fill (): void {
    this.#waiting.fill()
    this.#announceSoon()
  }

  /** A server that was silent for too long is known again: until its ping, what it opens is refused. */
  receive (server: string, session: number, bytes: Uint8Array): void {
    const peer = this.#peers.get(server) ?? this.#add(server)
    peer.receive(session, bytes)
  }

  #called (incoming: IncomingCall): void {
    const relay = incoming.session && this.#relays.get(incoming.session)
    if (relay === undefined) refuseOutside(incoming)
    else relay.call(incoming)
  }

  /** Takes no more sessions, and lets those that there are end within the grace period. */
  async close (): Promise<void> {
    this.#isLeaving = true
    this.#waiting.refuseAll()
    this.announce()
    await this.#pool.close()
    await settledWithin(this.#grace, this.#whenIdle())
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    for (const peer of this.#peers.values()) {
      peer.send({ type: 'gone', host: this.#context.id, opened: peer.opened })
    }
  }

  /** Long answers may still be under way. */
  async #whenIdle (): Promise<void> {
    while ([...this.#peers.values()].some(({ isIdle }) => !isIdle)) {
      await new Promise((resolve) => { setTimeout(resolve, announceInterval) })
    }
  }
}
