import { randomUUID } from 'node:crypto'
import type { Msg } from '@nats-io/transport-node'
import { InvalidOption } from '../errors.js'
import { EventLog } from '../event-log.js'
import type {
  Executor, IncomingCall, RunCallback, Session, Task, WorkerCounts, WorkerEvent, WorkerReading
} from '../executor.js'
import { settledWithin } from '../promises.js'
import type { RemoteRegistration } from '../remote.js'
import { AbortReason } from '../wire/abort-reason.js'
import type { LogLine } from '../wire/log-messages.js'
import type { Announcement } from '../wire/messages.js'
import type { BootReport } from '../wire/worker-data.js'
import { digestOf, identifyApp, readOwnVersion } from './app-identity.js'
import { Connection, isUnreceived } from './connection.js'
import type { NatsOptions } from './nats-options.js'
import type { NatsSession } from './nats-session.js'
import {
  type Capacity, decode, type Discovery, encode, heartbeat, type HostControl, longestSilence, type Manifest,
  type OutsideLog, readSessionSubject, subjects
} from './protocol.js'
import { RemoteHost } from './remote-host.js'

/** Heartbeats between two publications of what hosts need. */
const manifestInterval = 30

/** Numbers of hosts for people, far from those of threads. */
let lastLane = 1_000_000

/** Opens sessions on worker hosts: of those that have the same app, on the one with most free slots. */
export class NatsExecutor implements Executor {
  readonly events = new EventLog<WorkerEvent>()
  readonly #id = randomUUID()
  readonly #registration: RemoteRegistration
  readonly #connection: Connection
  readonly #app: string | undefined
  #manifest: Manifest | undefined
  readonly #hosts = new Map<string, RemoteHost>()
  /** Sessions of all hosts, those of lost hosts included. */
  readonly #sessions = new Map<number, NatsSession>()
  #lastSession = 0
  #timer: NodeJS.Timeout | undefined
  #tickedAt = 0
  #ticks = 0
  #isClosing = false
  #closed: Promise<void> | undefined
  #hasToldLack = false
  readonly #announced = new Map<string, Announcement>()
  readonly #refused = new Set<string>()
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
  }

  get #ready (): RemoteHost[] {
    return [...this.#hosts.values()].filter(({ state }) => state === 'ready')
  }

  get capacity (): number {
    return this.#ready.reduce((sum, { capacity: { slots } }) => sum + slots, 0)
  }

  /** Resolves without a host: requests wait for one in the queue. */
  async start (): Promise<BootReport[]> {
    this.#subscribe<Discovery>(subjects.discovery, ['discovery'], () => this.#publishManifest())
    await this.#connection.open()
    return []
  }

  appBuilt (facts: readonly string[]): void {
    const { workerData, version, settings } = this.#registration
    const app = identifyApp(workerData.module, { app: this.#app, version })
    const ownVersion = readOwnVersion()
    // Paths differ from machine to machine.
    const { module, folder, mainFile, ...identity } = workerData
    this.#manifest = {
      type: 'manifest',
      digest: digestOf(this.#encodeFacts([app, ownVersion, identity, settings, facts])),
      app: app.name,
      version: app.version,
      package: ownVersion,
      workerData,
      settings
    }
  }

  #encodeFacts (facts: unknown): Uint8Array {
    try {
      return encode(facts)
    } catch (error) {
      throw Object.assign(new InvalidOption(
        'option app.options', 'with option remote it leaves the machine: no shared memory, no ports'
      ), { cause: error })
    }
  }

  /** Called last of all before requests come, see Dispatcher.start(). */
  onBoot (check: (report: BootReport) => void): void {
    this.#check = check
    const { digest } = this.#manifest!
    this.#subscribe<Capacity>(subjects.capacity(digest), ['capacity'], (message) => {
      this.#receiveCapacity(message)
    })
    this.#subscribe<OutsideLog>(subjects.log(digest), ['log'], ({ line }) => this.#onLog(line), 'servers')
    this.#connection.subscribe(subjects.sessionsOf(this.#id), (message) => this.#receive(message))
    if (this.#isClosing) return
    this.#tickedAt = performance.now()
    this.#timer = setInterval(() => this.#tick(), heartbeat)
    this.#publishManifest()
  }

  /** A message that cannot be read is dropped. */
  #subscribe<Message extends { type: string }> (
    subject: string, types: Message['type'][], receive: (message: Message) => void, queue?: string
  ): void {
    this.#connection.subscribe(subject, ({ data }) => {
      this.#attempt(subject, () => receive(decode<Message>(data, types)))
    }, queue)
  }

  #attempt (what: string, run: () => void): boolean {
    try {
      run()
      return true
    } catch (err) {
      this.#registration.log.warn({ err }, `fastify-blocking: a message could not be used: ${what}`)
      return false
    }
  }

  #publishManifest (): void {
    if (this.#manifest === undefined || this.#isClosing) return
    this.#connection.publish(subjects.manifests, encode(this.#manifest))
  }

  #receiveCapacity (capacity: Capacity): void {
    if (this.#isClosing) return
    const known = this.#hosts.get(capacity.host)
    if (known !== undefined) return known.announced(capacity)
    if (this.#refused.has(capacity.host)) return
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
    this.#hosts.set(capacity.host, host)
    host.control({ type: 'hello', digest: this.#manifest!.digest })
    for (const announcement of this.#announced.values()) host.announce(announcement)
    host.ping()
  }

  #receive (message: Msg): void {
    const of = readSessionSubject(message.subject)
    if (of === undefined) return
    if (isUnreceived(message)) return of.isOpening ? this.#unreceived(of.session) : undefined
    if (of.session === 0) {
      const types: HostControl['type'][] = ['report', 'pong', 'gone']
      this.#attempt(message.subject, () => this.#control(decode<HostControl>(message.data, types)))
      return
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

  /** Nobody has received the opening of the session. */
  #unreceived (id: number): void {
    for (const host of this.#hosts.values()) {
      for (const session of host.sessions) {
        if (session.id !== id) continue
        host.wasBusy()
        return session.lose(false, undefined)
      }
    }
  }

  #control (message: HostControl): void {
    const host = this.#hosts.get(message.host)
    if (host === undefined) return
    host.seenAt = performance.now()
    if (message.type === 'pong') host.ponged(message)
    else if (message.type === 'gone') this.#drop(host, 'it has left')
    else this.#reported(host, message.report)
  }

  #reported (host: RemoteHost, report: BootReport): void {
    const { log } = this.#registration
    const { name, version, slots } = host.capacity
    try {
      this.#check!(report)
    } catch (err) {
      host.state = 'refused'
      this.#refused.add(host.capacity.host)
      this.#hosts.delete(host.capacity.host)
      this.events.add({ type: 'hostRefused', host: name, error: err })
      return log.error({ err }, `fastify-blocking: worker host ${name} has another app, and gets no requests`)
    }
    host.state = 'ready'
    this.#hasToldLack = false
    this.events.add({ type: 'hostJoined', worker: host.lane, host: name, slots, version })
    log.info(`fastify-blocking: worker host ${name} is there: ${slots} slots, version ${version}`)
    if (host.isFree) this.#onCapacity()
  }

  #tick (): void {
    const now = performance.now()
    // This process has not come to what hosts have sent.
    const isLate = now - this.#tickedAt > 2 * heartbeat
    this.#tickedAt = now
    // A message may get lost, and a host would never know of this server.
    if (++this.#ticks % manifestInterval === 0) this.#publishManifest()
    for (const host of [...this.#hosts.values()]) {
      if (isLate) host.seenAt = now
      if (now - host.seenAt > longestSilence) this.#drop(host, `it was silent for ${longestSilence} ms`)
      else {
        if (host.state === 'asked') host.control({ type: 'hello', digest: this.#manifest!.digest })
        host.ping()
      }
    }
    if (this.#registration.hasThreads || this.#hosts.size > 0 || this.#hasToldLack) return
    this.#hasToldLack = true
    const { app, version } = this.#manifest!
    this.#registration.log.warn(
      `fastify-blocking: there is no worker host of ${app}, version ${version}: requests wait for one`
    )
  }

  #drop (host: RemoteHost, why: string): void {
    this.#hosts.delete(host.capacity.host)
    if (host.sessions.size > 0 || why !== 'it has left') {
      this.#registration.log.warn(`fastify-blocking: worker host ${host.capacity.name} is gone: ${why}`)
    }
    host.lose(why)
    if (host.state !== 'ready') return
    const ended = { worker: host.lane, host: host.capacity.name }
    this.events.add(why === 'it has left'
      ? { type: 'hostLeft', ...ended }
      : { type: 'hostLost', ...ended, reason: why })
  }

  /** On the host with most free slots, or with the fewest that wait for one. */
  open (task: Task, mayPrefetch: number, _waiting: number): Session | undefined {
    if (!this.#connection.isUp || this.#isClosing) return undefined
    let chosen: RemoteHost | undefined
    for (const host of this.#hosts.values()) {
      if (host.mayOpen(mayPrefetch) && host.free > (chosen?.free ?? -Infinity)) chosen = host
    }
    return chosen && this.#add(chosen.open(++this.#lastSession, task, mayPrefetch))
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
    this.#announced.set(announcement.type, announcement)
    for (const host of this.#hosts.values()) host.announce(announcement)
  }

  /** The threads of all hosts; `hosts` has their slots. */
  stats (): WorkerCounts {
    const ready = this.#ready
    const sum = (read: (counts: WorkerCounts) => number): number =>
      ready.reduce((total, { counts }) => total + read(counts), 0)
    return {
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
    }
  }

  /** One for each host. */
  readWorkers (): WorkerReading[] {
    return this.#ready.map(({ lane, counts: { heapsUsed }, runs, reading }) => ({
      worker: lane,
      state: 'live',
      heapUsed: heapsUsed.reduce((sum, heap) => sum + heap, 0),
      running: runs,
      host: reading
    }))
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
    for (const host of this.#hosts.values()) host.control({ type: 'bye' })
    clearInterval(this.#timer)
    await this.#connection.close()
  }

  async #whenEmpty (within: number): Promise<void> {
    if (this.#sessions.size === 0) return
    await settledWithin(within, new Promise<void>((resolve) => { this.#onEmpty = resolve }))
  }
}
