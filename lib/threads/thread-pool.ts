import type { FastifyBaseLogger } from 'fastify'
import type { EventLog } from '../event-log.js'
import type {
  Executor, IncomingCall, RunCallback, Session, Task, WorkerCounts, WorkerEvent, WorkerReading
} from '../executor.js'
import type { ThreadSettings } from '../options/settings.js'
import type { LogLine } from '../wire/log-messages.js'
import type { Announcement } from '../wire/messages.js'
import type { BootReport, WorkerData } from '../wire/worker-data.js'
import { prefetchTimeout } from './slot-table.js'
import type { ChannelEvents, ThreadChannel } from './thread-channel.js'
import { type CreateThread, ThreadSupervisor } from './thread-supervisor.js'
import { Thread } from './thread.js'

/** Opens sessions in the threads that there are: first in a free one, then after a brief session. */
export class ThreadPool implements Executor {
  readonly capacity: number
  readonly #supervisor: ThreadSupervisor
  readonly #threads: ReadonlySet<Thread>
  readonly #channelEvents: ChannelEvents
  #onCapacity = (): void => {}
  #onLog = (_line: LogLine): void => {}
  #onCall = (_call: IncomingCall): void => {}
  /** The last announcement of each type, for threads that boot later. */
  readonly #announced = new Map<string, Announcement>()
  #withdrawTimer: NodeJS.Timeout | undefined

  constructor (workerData: WorkerData, settings: ThreadSettings, log: FastifyBaseLogger) {
    this.capacity = settings.pool.maxThreads * settings.pool.concurrentTasksPerWorker
    this.#channelEvents = {
      called: (call) => this.#onCall(call),
      logged: (line) => this.#onLog(line),
      received: () => this.#receivePending(),
      freed: () => this.#onCapacity(),
      startReplacement: () => this.#supervisor.grow(),
      ran: undefined
    }
    const createThread: CreateThread = (events, bootTimeout) => {
      const thread = new Thread(workerData, settings, this.#channelEvents, events, bootTimeout)
      for (const announcement of this.#announced.values()) thread.channel.announce(announcement)
      return thread
    }
    this.#supervisor = new ThreadSupervisor(settings, log, createThread, () => this.#onCapacity())
    this.#threads = this.#supervisor.threads
  }

  async start (): Promise<BootReport[]> {
    return await this.#supervisor.start()
  }

  /** How many sessions may be opened that start at once. */
  get free (): number {
    let free = 0
    for (const { state, channel } of this.#threads) {
      if (state === 'live') free += Math.max(0, channel.available)
    }
    return free
  }

  /** How many sessions wait in threads for those that run there. */
  get prefetched (): number {
    let prefetched = 0
    for (const { channel } of this.#threads) prefetched += channel.prefetched
    return prefetched
  }

  /** Starts one more thread if there is room, and those that are starting are too few for `waiting` tasks. */
  growFor (waiting: number): void {
    this.#supervisor.growFor(waiting)
  }

  open (task: Task, mayPrefetch: number, waiting: number): Session | undefined {
    let chosen: ThreadChannel | undefined
    for (const { state, channel } of this.#threads) {
      if (state === 'live' && channel.available > (chosen?.available ?? 0)) chosen = channel
    }
    if (chosen !== undefined) return chosen.open(task, mayPrefetch > 0)
    this.#supervisor.growFor(waiting)
    return mayPrefetch > 0 ? this.#prefetch(task, mayPrefetch) : undefined
  }

  /** Opens a session that waits in a busy thread, in which fewer than `most` wait. */
  #prefetch (task: Task, most: number): Session | undefined {
    const now = performance.now()
    let chosen: ThreadChannel | undefined
    for (const { state, channel } of this.#threads) {
      if (state !== 'live' || !channel.mayPrefetch(now)) continue
      if (channel.prefetched < (chosen?.prefetched ?? most)) chosen = channel
    }
    if (chosen === undefined) return undefined
    this.#watchPrefetched()
    return chosen.prefetch(task)
  }

  onCapacity (callback: () => void): void {
    this.#onCapacity = callback
  }

  async whenBegun (): Promise<void> {
    await this.#supervisor.whenBegun()
  }

  expireBoot (within: string, option: string): void {
    this.#supervisor.expireBoot(within, option)
  }

  onBoot (check: (report: BootReport) => void, failed: (error: unknown) => void): void {
    this.#supervisor.onBoot(check, failed)
  }

  onLog (callback: (line: LogLine) => void): void {
    this.#onLog = callback
  }

  onCall (callback: (call: IncomingCall) => void): void {
    this.#onCall = callback
  }

  announce (announcement: Announcement): void {
    this.#announced.set(announcement.type, announcement)
    for (const thread of this.#threads) thread.channel.announce(announcement)
  }

  whyNone (): string | undefined {
    return this.#supervisor.whyNone()
  }

  stats (): WorkerCounts {
    return this.#supervisor.stats()
  }

  get events (): EventLog<WorkerEvent> {
    return this.#supervisor.events
  }

  readWorkers (): WorkerReading[] {
    const threads = [...this.#threads].filter(({ id }) => id !== -1)
    return threads.map(({ id, state, heapUsed, channel: { runs } }) =>
      ({ worker: id, state, heapUsed, running: runs }))
  }

  onRun (callback: RunCallback | undefined): void {
    this.#channelEvents.ran = callback
  }

  async close (): Promise<void> {
    await this.#supervisor.close()
  }

  /**
   * Prefetched sessions go back to the queue if their thread takes its time; one timer serves all threads.
   */
  #watchPrefetched (): void {
    this.#withdrawTimer ??= setTimeout(() => {
      this.#withdrawTimer = undefined
      const now = performance.now()
      for (const { channel } of this.#threads) channel.withdrawOverdue(now)
      for (const { channel } of this.#threads) if (channel.prefetched > 0) this.#watchPrefetched()
    }, prefetchTimeout).unref()
  }

  /**
   * Receives the messages of all threads together: threads have work again the sooner, and responses leave
   * together.
   */
  #receivePending (): void {
    for (const thread of this.#threads) thread.channel.receivePending()
  }
}
