import { randomUUID } from 'node:crypto'
import type { Msg } from '@nats-io/transport-node'
import type { EventLog } from '../event-log.js'
import type {
  Executor, IncomingCall, RunCallback, Session, Task, WorkerCounts, WorkerEvent, WorkerReading
} from '../executor.js'
import { settledWithin } from '../promises.js'
import type { RemoteRegistration } from '../remote.js'
import { AbortReason } from '../wire/abort-reason.js'
import type { LogLine } from '../wire/log-messages.js'
import type { Announcement } from '../wire/messages.js'
import type { BootReport } from '../wire/worker-data.js'
import { Connection, isUnreceived } from './connection.js'
import { HostTable } from './host-table.js'
import { createManifest } from './manifest.js'
import type { NatsOptions } from './nats-options.js'
import type { NatsSession } from './nats-session.js'
import {
  type Capacity, decode, type Discovery, encode, heartbeat, type HostControl, type Manifest,
  type OutsideLog, readSessionSubject, subjects, type Unable
} from './protocol.js'
import { RemoteHost } from './remote-host.js'

/** Heartbeats between two publications of what hosts need. */
const manifestInterval = 30

/** Numbers of hosts for people, far from those of threads. */
let lastLane = 1_000_000

/** Opens sessions on worker hosts: of those that have the same app, on the one with most free slots. */
export class NatsExecutor implements Executor {
  readonly #id = randomUUID()
  readonly #registration: RemoteRegistration
  readonly #connection: Connection
  readonly #app: string | undefined
  #manifest: Manifest | undefined
  /** Whether some requests can run on hosts alone. */
  #needsHosts = true
  readonly #hosts: HostTable
  /** Sessions of all hosts, those of lost hosts included. */
  readonly #sessions = new Map<number, NatsSession>()
  #lastSession = 0
  #timer: NodeJS.Timeout | undefined
  #tickedAt = 0
  #ticks = 0
  #isClosing = false
  #closed: Promise<void> | undefined
  #hasToldLack = false
  #onCapacity = (): void => {}
  #onLog = (_line: LogLine): void => {}
  #onCall = (_call: IncomingCall): void => {}
  #onRun: RunCallback | undefined
  #check: ((report: BootReport) => void) | undefined
  #onEmpty = (): void => {}

  constructor ({ app, ...options }: NatsOptions, registration: RemoteRegistration) {
    this.#app = app
    this.#registration = registration
    this.#connection = new Connection(options, registration.log, {
      connected: () => this.#publishManifest(),
      disconnected: () => {}
    })
    const readDigest = (): string => this.#manifest!.digest
    this.#hosts = new HostTable(registration.log, {
      get digest () { return readDigest() },
      create: (capacity) => this.#createHost(capacity),
      check: (report) => this.#check!(report),
      freed: () => this.#onCapacity()
    })
  }

  get events (): EventLog<WorkerEvent> {
    return this.#hosts.events
  }

  get capacity (): number {
    return this.#hosts.ready.reduce((sum, { capacity: { slots } }) => sum + slots, 0)
  }

  /** Resolves without a host: requests wait for one in the queue. */
  async start (): Promise<BootReport[]> {
    this.#subscribe<Discovery>(subjects.discovery, ['discovery'], () => this.#publishManifest())
    await this.#connection.open()
    return []
  }

  appBuilt (facts: readonly string[], needsRemote: boolean): void {
    this.#manifest = createManifest(this.#registration, this.#app, facts)
    this.#needsHosts = needsRemote || !this.#registration.hasThreads
  }

  whyNone (): string | undefined {
    if (!this.#connection.isUp) return 'there is no connection to NATS'
    return this.#hosts.ready.length === 0 ? 'there is no worker host of the app' : undefined
  }

  /** Called last of all before requests come, see Dispatcher.start(). */
  onBoot (check: (report: BootReport) => void): void {
    this.#check = check
    const { digest } = this.#manifest!
    this.#subscribe<Capacity>(subjects.capacity(digest), ['capacity'], (message) => {
      if (!this.#isClosing) this.#hosts.announced(message)
    })
    this.#subscribe<Unable>(subjects.unable(digest), ['unable'], (message) => this.#hosts.unable(message))
    this.#subscribe<OutsideLog>(subjects.log(digest), ['log'], ({ line }) => this.#onLog(line), 'servers')
    this.#connection.subscribe(subjects.sessionsOf(this.#id), (message) => this.#receive(message))
    if (this.#isClosing) return
    this.#tickedAt = performance.now()
    this.#timer = setInterval(() => this.#tick(), heartbeat)
    this.#publishManifest()
  }

  #subscribe<Message extends { type: string }> (
    subject: string, types: Message['type'][], receive: (message: Message) => void, queue?: string
  ): void {
    this.#connection.subscribe(subject, ({ data }) => receive(decode<Message>(data, types)), queue)
  }

  #publishManifest (): void {
    if (this.#manifest === undefined || this.#isClosing) return
    this.#connection.publish(subjects.manifests, encode(this.#manifest))
  }

  #receive (message: Msg): void {
    const of = readSessionSubject(message.subject)
    if (of === undefined) return
    if (isUnreceived(message)) return of.isOpening ? this.#hosts.unreceived(of.session) : undefined
    if (of.session === 0) {
      const types: HostControl['type'][] = ['report', 'pong', 'gone']
      return this.#hosts.receive(decode<HostControl>(message.data, types))
    }
    const session = this.#sessions.get(of.session)
    if (session === undefined) return
    try {
      session.receive(message.data)
    } catch (error) {
      session.terminate(AbortReason.aborted)
      session.lose(true, error)
    }
  }

  #createHost (capacity: Capacity): RemoteHost {
    const host: RemoteHost = new RemoteHost(++lastLane, this.#id, capacity, this.#connection, {
      called: (call) => this.#onCall(call),
      freed: () => this.#onCapacity(),
      ran: (run, isLost) => this.#onRun?.(host.lane, run, isLost),
      ended: ({ id }) => {
        this.#sessions.delete(id)
        if (this.#sessions.size === 0) this.#onEmpty()
      }
    })
    host.nest = (outer, task) => this.#add(host.nestAs(++this.#lastSession, outer, task))
    return host
  }

  #tick (): void {
    const now = performance.now()
    const isLate = now - this.#tickedAt > 2 * heartbeat
    this.#tickedAt = now
    // A message may get lost, and a host would never know of this server.
    if (++this.#ticks % manifestInterval === 0) this.#publishManifest()
    this.#hosts.ping(isLate)
    if (!this.#needsHosts || this.#hosts.size > 0) this.#hasToldLack = false
    else if (!this.#hasToldLack) this.#tellLack()
  }

  #tellLack (): void {
    this.#hasToldLack = true
    const { app, version } = this.#manifest!
    this.#registration.log.warn(
      `fastify-blocking: there is no worker host of ${app}, version ${version}: requests wait for one`
    )
  }

  open (task: Task, mayPrefetch: number, _waiting: number): Session | undefined {
    if (!this.#connection.isUp || this.#isClosing) return undefined
    const host = this.#hosts.choose(mayPrefetch)
    return host && this.#add(host.open(++this.#lastSession, task, mayPrefetch))
  }

  #add (session: NatsSession): NatsSession {
    this.#sessions.set(session.id, session)
    return session
  }

  async whenBegun (): Promise<void> {}
  expireBoot (): void {}

  onCapacity (callback: () => void): void {
    this.#onCapacity = callback
  }

  onLog (callback: (line: LogLine) => void): void {
    this.#onLog = callback
  }

  onCall (callback: (call: IncomingCall) => void): void {
    this.#onCall = callback
  }

  announce (announcement: Announcement): void {
    this.#hosts.announce(announcement)
  }

  stats (): WorkerCounts {
    return this.#hosts.stats()
  }

  readWorkers (): WorkerReading[] {
    return this.#hosts.readWorkers()
  }

  onRun (callback: RunCallback | undefined): void {
    this.#onRun = callback
  }

  async close (): Promise<void> {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close (): Promise<void> {
    const { grace } = this.#registration.settings
    this.#isClosing = true
    await this.#whenEmpty(grace)
    for (const session of this.#sessions.values()) session.abort(AbortReason.closing)
    await this.#whenEmpty(grace)
    for (const session of [...this.#sessions.values()]) {
      session.terminate(AbortReason.closing)
      session.lose(true, new Error('the server is closed'))
    }
    this.#hosts.close()
    clearInterval(this.#timer)
    await this.#connection.close()
  }

  async #whenEmpty (within: number): Promise<void> {
    if (this.#sessions.size === 0) return
    await settledWithin(within, new Promise<void>((resolve) => { this.#onEmpty = resolve }))
  }
}
