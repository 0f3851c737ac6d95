import { MessageChannel } from 'node:worker_threads'
import type { ThreadSettings } from '../options/settings.js'
import { settledWithin } from '../promises.js'
import { deserializeError } from '../wire/error.js'
import { createThreadCells, readHeapUsed, type ThreadNotice } from '../wire/thread-messages.js'
import type { BootReport, WorkerData } from '../wire/worker-data.js'
import { PiscinaWorker } from './piscina-worker.js'
import { RecyclePolicy } from './recycle-policy.js'
import { type ChannelEvents, ThreadChannel } from './thread-channel.js'
import { ThreadEnd } from './thread-end.js'

/** Events of a thread, for its pool. */
export interface ThreadEvents {
  /** The worker has built the app. Throws if it is not to be used. */
  booted (report: BootReport): void
  /** The worker has thrown outside of any session. */
  failed (error: unknown): void
  /** A session has ended. */
  settled (thread: Thread): void
  /**
   * The thread takes no more sessions, and leaves by itself when those that it has have ended. May be called
   * again.
   */
  retired (isFirst: boolean): void
  /** The thread is terminated, since a session would not end. */
  killed (): void
  /** Logs a warning. */
  log (what: string): void
}

/**
 * One thread that holds the app. Sessions travel on a port of their own, not as Piscina's tasks: the port
 * carries more than a task and its result, at less cost.
 */
export class Thread {
  state: 'starting' | 'live' | 'retired' | 'exiting' = 'starting'
  readonly booted: Promise<BootReport>
  /** See Executor.whenBegun(). */
  readonly begun: Promise<unknown>
  /** Resolves once the thread is gone. */
  readonly exited: Promise<void>
  /** Why the thread has exited by itself, if it has done so before its first session. */
  idleError: unknown
  /** When the last session ended; performance.now(). */
  idleSince = performance.now()
  readonly channel: ThreadChannel
  /** Unique in the process; -1 if the thread could not be made. */
  readonly id: number
  readonly #piscina: PiscinaWorker
  readonly #cells: Int32Array
  readonly #threadEnd: ThreadEnd
  /** Undefined if option recycle sets no limit. */
  readonly #recyclePolicy: RecyclePolicy | undefined
  readonly #events: ThreadEvents
  #onIdle: (() => void)[] = []
  /** Whether a session would not end. */
  #isStopped = false
  #error: unknown

  constructor (
    workerData: WorkerData, { pool, grace, recycle }: ThreadSettings, channelEvents: ChannelEvents,
    events: ThreadEvents, bootTimeout: number | undefined
  ) {
    this.#events = events
    if (Object.keys(recycle).length > 0) this.#recyclePolicy = new RecyclePolicy(recycle)
    const { port1, port2 } = new MessageChannel()
    this.channel = new ThreadChannel(port1, pool.concurrentTasksPerWorker, channelEvents, {
      grace,
      settled: () => {
        this.#threadEnd.sessionSettled()
        events.settled(this)
      },
      stop: () => {
        this.#isStopped = true
        this.abandon()
      },
      idle: () => {
        this.idleSince = performance.now()
        for (const resolve of this.#onIdle.splice(0)) resolve()
      },
      noticed: (notice) => this.#receive(notice),
      // The thread is about to exit, and its port keeps the process no longer: sessions must be told first.
      closed: () => this.#piscina.keepProcess()
    })
    const cells = this.#cells = createThreadCells()
    const { cells: sessionCells } = this.channel
    this.#piscina = new PiscinaWorker({ ...workerData, sessionCells, threadCells: cells }, pool, port2)
    this.begun = this.#piscina.begun
    this.channel.threadId = this.id = this.#piscina.worker?.threadId ?? -1
    this.#piscina.onError((error) => {
      if ((this.state === 'live' && this.channel.isIdle) || this.#threadEnd.isLeaving) events.failed(error)
      this.#error = error
      this.#markExiting(error)
    })
    this.exited = new Promise((resolve) => {
      this.#piscina.onExit((code) => {
        this.#end(code)
        resolve()
      })
    })
    this.#threadEnd = new ThreadEnd(this.#piscina, this.channel, cells, grace, this.exited, {
      log: events.log,
      retired: () => {
        const isFirst = this.state !== 'retired'
        this.state = 'retired'
        events.retired(isFirst)
      },
      terminate: async () => {
        if (this.#isStopped) events.killed()
        // While the app require()s an ES module, terminate() aborts the process on Node 20.20, see
        // worker/start.cts.
        await settledWithin(grace, this.booted)
        await this.#piscina.terminate()
      }
    })
    this.booted = this.#boot(bootTimeout)
  }

  /** Text for the log: what the thread is doing. */
  get activity (): string {
    return this.state === 'starting' ? 'building the app' : this.#threadEnd.activity
  }

  /** Bytes of its heap in use, as the thread has told some seconds ago at most; later, while it is busy. */
  get heapUsed (): number {
    return readHeapUsed(this.#cells)
  }

  /** Why the thread is to be replaced, as option recycle says; undefined if it is not. */
  get recycleReason (): string | undefined {
    return this.#recyclePolicy?.findReason(this.channel.startedCount)
  }

  async #boot (timeout: number | undefined): Promise<BootReport> {
    const report = await this.#piscina.boot(timeout)
    this.#events.booted(report)
    if (this.state === 'starting') this.state = 'live'
    return report
  }

  /** The boot takes too long: `booted` rejects. See Executor.expireBoot(). */
  expireBoot (within: string, option: string): void {
    this.#piscina.expireBoot(within, option)
  }

  /** Lets the sessions end, the worker close its app within the grace period, and the thread leave. */
  async close (): Promise<void> {
    if (this.state !== 'live') return await this.exited
    this.state = 'exiting'
    await this.whenIdle()
    await this.#threadEnd.leave()
    await this.exited
  }

  /** Resolves when every slot is free, or the thread is gone. */
  async whenIdle (): Promise<void> {
    if (!this.channel.isIdle) await new Promise<void>((resolve) => { this.#onIdle.push(resolve) })
  }

  /** Ends the thread: it is terminated where that is safe, or leaves by itself, see ThreadEnd. */
  abandon (): void {
    if (this.state !== 'retired') this.state = 'exiting'
    this.#threadEnd.stop()
  }

  /** The thread has not ended in time: its sessions are lost. */
  giveUp (): void {
    this.#threadEnd.giveUp()
  }

  #receive (notice: ThreadNotice): void {
    if (notice.thread === 'heapFull') this.#recyclePolicy!.isHeapFull = true
    else if (notice.thread !== 'closed') this.#threadEnd.receive(notice)
    else if (notice.error !== undefined) this.#events.failed(deserializeError(notice.error))
  }

  /** The thread exits, by itself if it is live. */
  #markExiting (error: unknown): void {
    if (this.state === 'live' && this.channel.startedCount === 0) this.idleError = error
    this.state = 'exiting'
  }

  #end (code: number): void {
    // The exit code that the app has set is meant for the process.
    if (this.#threadEnd.isLeaving && this.#error === undefined && code !== 0) process.exitCode ??= code
    const error = this.#error ?? new Error(`it exited with code ${code}`)
    this.#markExiting(error)
    this.channel.close(error)
  }
}
