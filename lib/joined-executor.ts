import { EventLog } from './event-log.js'
import type {
  Executor, IncomingCall, RunCallback, Session, Task, Where, WorkerCounts, WorkerEvent, WorkerReading
} from './executor.js'
import type { LogLine } from './wire/log-messages.js'
import type { Announcement } from './wire/messages.js'
import type { BootReport } from './wire/worker-data.js'

/** Workers of this machine, which tell whether one is free. */
export interface LocalExecutor extends Executor {
  /** How many sessions may be opened that start at once. */
  readonly free: number
  /** Starts a worker more if there is room, and those that are starting are too few for `waiting` tasks. */
  growFor (waiting: number): void
}

/** Two executors as one: sessions go to workers of this machine first, then to those of others. */
export class JoinedExecutor implements Executor {
  readonly events = new EventLog<WorkerEvent>()
  readonly #local: LocalExecutor
  readonly #remote: Executor

  constructor (local: LocalExecutor, remote: Executor) {
    this.#local = local
    this.#remote = remote
    this.events.follow(local.events)
    this.events.follow(remote.events)
  }

  get capacity (): number {
    return this.#local.capacity + this.#remote.capacity
  }

  async start (): Promise<BootReport[]> {
    const [local] = await Promise.all([this.#local.start(), this.#remote.start()])
    return local
  }

  open (task: Task, mayPrefetch: number, waiting: number): Session | undefined {
    if (task.where === 'local') return this.#local.open(task, mayPrefetch, waiting)
    if (task.where === 'remote') return this.#remote.open(task, mayPrefetch, waiting)
    if (this.#local.free > 0) return this.#local.open(task, mayPrefetch, waiting)
    const session = this.#remote.open(task, mayPrefetch, waiting)
    if (session === undefined) return this.#local.open(task, mayPrefetch, waiting)
    this.#local.growFor(waiting)
    return session
  }

  async whenBegun (): Promise<void> {
    await this.#local.whenBegun()
  }

  expireBoot (within: string, option: string): void {
    this.#local.expireBoot(within, option)
    this.#remote.expireBoot(within, option)
  }

  onBoot (check: (report: BootReport) => void, failed: (error: unknown) => void): void {
    this.#local.onBoot(check, failed)
    this.#remote.onBoot(check, failed)
  }

  onCapacity (callback: () => void): void {
    this.#local.onCapacity(callback)
    this.#remote.onCapacity(callback)
  }

  onLog (callback: (line: LogLine) => void): void {
    this.#local.onLog(callback)
    this.#remote.onLog(callback)
  }

  onCall (callback: (call: IncomingCall) => void): void {
    this.#local.onCall(callback)
    this.#remote.onCall(callback)
  }

  announce (announcement: Announcement): void {
    this.#local.announce(announcement)
    this.#remote.announce(announcement)
  }

  appBuilt (facts: readonly string[], needsRemote: boolean): void {
    this.#remote.appBuilt?.(facts, needsRemote)
  }

  whyNone (where: Where): string | undefined {
    const local = where === 'remote' ? undefined : this.#local.whyNone?.(where)
    const remote = where === 'local' ? undefined : this.#remote.whyNone?.(where)
    if (where !== 'any') return local ?? remote
    return local === undefined || remote === undefined ? undefined : `${local}, and ${remote}`
  }

  stats (): WorkerCounts {
    return addCounts(this.#local.stats(), this.#remote.stats())
  }

  readWorkers (): WorkerReading[] {
    return [...this.#local.readWorkers(), ...this.#remote.readWorkers()]
  }

  onRun (callback: RunCallback | undefined): void {
    this.#local.onRun(callback)
    this.#remote.onRun(callback)
  }

  async close (): Promise<void> {
    await Promise.all([this.#local.close(), this.#remote.close()])
  }
}

function addCounts (one: WorkerCounts, other: WorkerCounts): WorkerCounts {
  const hosts = [...one.hosts ?? [], ...other.hosts ?? []]
  return {
    starting: one.starting + other.starting,
    live: one.live + other.live,
    busy: one.busy + other.busy,
    retired: one.retired + other.retired,
    exiting: one.exiting + other.exiting,
    killed: one.killed + other.killed,
    retirements: one.retirements + other.retirements,
    recycled: one.recycled + other.recycled,
    heapsUsed: [...one.heapsUsed, ...other.heapsUsed],
    boots: one.boots + other.boots,
    failedBoots: one.failedBoots + other.failedBoots,
    bootTime: one.bootTime + other.bootTime,
    hosts
  }
}
