import type { LogLine } from '../wire/log-messages.js'
import { MessageChannel } from 'node:worker_threads'
import type { Settings } from '../options/settings.js'
import type { WorkerData, BootReport } from '../wire/worker-data.js'
import type { IncomingCall } from '../executor.js'
import { createThreadCells, type ThreadNotice } from '../wire/thread-messages.js'
import { deserializeError } from '../wire/error.js'
import { ThreadEnd } from './thread-end.js'
import { PiscinaWorker } from './piscina-worker.js'
import { ThreadChannel } from './thread-channel.js'
import { RecyclePolicy } from './recycle-policy.js'
import { settledWithin } from '../promises.js'

/** Boot data that all threads of a pool have in common. */
export type PoolWorkerData = Omit<WorkerData, 'sessionCells' | 'threadCells'>

/** Events of a thread, for its pool. */
export interface ThreadEvents {
  /** An error outside of any visit. */
  failed (error: unknown): void
  called (call: IncomingCall): void
  /** A session is over its time: where there is room, a successor boots meanwhile. */
  startReplacement (): void
  /** A session has ended. */
  settled (thread: Thread): void
  logged (line: LogLine): void
  /** The event loop has come to what the thread has sent. */
  received (): void
  /** A slot has become free that no visit has given back. */
  freed (): void
  /** It takes nothing any more, and leaves by itself once what it still has to do is done. */
  retired (): void
  /** It has been terminated since what it has would not end. */
  killed (): void
  /** Something for the log. */
  log (what: string): void
}

/**
 * One thread that holds the app. Sessions travel on a port of their own, not as Piscina's tasks: the port
 * carries more than a task and its result, at less cost.
 */
export class Thread {
  state: 'starting' | 'live' | 'retired' | 'exiting' = 'starting'
  readonly booted: Promise<BootReport>
  /** Resolves once the thread is gone. */
  readonly exited: Promise<void>
  /** Set once it is gone by itself, with nothing to do since it has booted: why. */
  idleError: unknown
  /** If it is to be replaced some day. */
  readonly recyclePolicy: RecyclePolicy | undefined
  /** When the last visit ended; performance.now(). */
  idleSince = performance.now()
  readonly channel: ThreadChannel
  readonly #piscina: PiscinaWorker
  readonly #threadEnd: ThreadEnd
  /** Undefined if there could not be one. */
  readonly id: number | undefined
  readonly #events: ThreadEvents
  #onIdle: (() => void)[] = []
  /** Since its boot it has had nothing to do, nor been told to end. */
  #isUnused = false
  /** Whether what it has would not end. */
  #isStopped = false
  #error: unknown

  constructor (
    workerData: PoolWorkerData, { pool, bootTimeout, grace, recycle }: Settings, events: ThreadEvents
  ) {
    this.#events = events
    if (Object.keys(recycle).length > 0) this.recyclePolicy = new RecyclePolicy(recycle)
    const { port1, port2 } = new MessageChannel()
    this.channel = new ThreadChannel(port1, pool.concurrentTasksPerWorker, {
      grace,
      startReplacement: events.startReplacement,
      settled: () => events.settled(this),
      stop: () => this.stop(),
      called: events.called,
      logged: events.logged,
      received: events.received,
      freed: events.freed,
      started: () => {
        this.#isUnused = false
        this.recyclePolicy?.countRequest()
      },
      idle: () => {
        this.#resolveIdle()
        this.idleSince = performance.now()
      },
      noticed: (notice) => this.#receive(notice),
      // The thread is about to exit. The port keeps the process no longer, and whoever waits is to be told.
      closed: () => this.#piscina.keepProcess()
    })
    const cells = createThreadCells()
    const { cells: sessionCells } = this.channel
    this.#piscina = new PiscinaWorker({ ...workerData, sessionCells, threadCells: cells }, pool, port2)
    this.channel.threadId = this.id = this.#piscina.worker?.threadId // -1 once it is gone
    this.#piscina.onError((error) => {
      if ((this.state === 'live' && this.channel.isIdle) || this.#threadEnd.isLeaving) events.failed(error)
      this.state = 'exiting'
      this.#error = error
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
        this.state = 'retired'
        events.retired()
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

  /** For the log. */
  get describeState (): string {
    return this.state === 'starting' ? 'building the app' : this.#threadEnd.where
  }

  async #boot (timeout: number): Promise<BootReport> {
    const report = await this.#piscina.boot(timeout)
    if (this.state === 'starting') {
      this.state = 'live'
      this.#isUnused = true
    }
    return report
  }

  /** Lets the sessions end, the worker close its app within the grace period, and the thread leave. */
  async close (): Promise<void> {
    if (this.state !== 'live') return await this.exited
    this.state = 'exiting'
    this.#isUnused = false
    await this.whenIdle()
    await this.#threadEnd.leave()
    await this.exited
  }

  /** Resolves when it has nothing to do, or is gone. */
  async whenIdle (): Promise<void> {
    if (!this.channel.isIdle) await new Promise<void>((resolve) => { this.#onIdle.push(resolve) })
  }

  #resolveIdle (): void {
    for (const tell of this.#onIdle.splice(0)) tell()
  }

  /**
   * A session would not end: the thread is terminated where that is safe, or leaves by itself, see ThreadEnd.
   */
  stop (): void {
    this.#isStopped = true
    this.abandon()
  }

  /** As it is. */
  abandon (): void {
    if (this.state !== 'retired') this.state = 'exiting'
    this.#isUnused = false
    this.#threadEnd.stop()
  }

  /** It has not ended in time: whoever still waits is told. */
  giveUp (): void {
    this.#threadEnd.giveUp()
  }

  #receive (notice: ThreadNotice): void {
    if (notice.thread === 'heapFull') this.recyclePolicy!.isHeapFull = true
    else if (notice.thread !== 'closed') this.#threadEnd.receive(notice)
    else if (notice.error !== undefined) this.#events.failed(deserializeError(notice.error))
  }

  #end (code: number): void {
    this.state = 'exiting'
    // The exit code that the app has set is meant for the process.
    if (this.#threadEnd.isLeaving && this.#error === undefined && code !== 0) process.exitCode ??= code
    this.channel.drain()
    const error = this.#error ?? new Error(`it exited with code ${code}`)
    if (this.#isUnused) this.idleError = error
    this.channel.drop(error)
    this.#resolveIdle()
  }
}
