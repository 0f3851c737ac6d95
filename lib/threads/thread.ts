import { MessageChannel } from 'node:worker_threads'
import type { Settings } from '../options/settings.js'
import type { Assignment, Report } from '../wire/worker-data.js'
import type { Ask } from '../wire/call-messages.js'
import { createThreadCells, type ThreadNews } from '../wire/thread-messages.js'
import { fromFault } from '../wire/error.js'
import type { LogLine } from '../wire/messages.js'
import { Ending } from './thread-end.js'
import { PiscinaOfOne } from './piscina-worker.js'
import { ThreadTraffic } from './thread-channel.js'
import { Wear } from './recycle-policy.js'
import { within } from '../within.js'

/** What all threads of a pool are started for. */
export type ThreadAssignment = Omit<Assignment, 'flags' | 'cells'>

/** What a thread tells whoever has it. */
export interface ThreadEvents {
  /** An error outside of any visit. */
  failed (error: unknown): void
  asked (thread: Thread, ask: Ask): void
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
  noted (what: string): void
}

/**
 * One thread that holds the app. Visits travel on a port of their own, and not as Piscina's tasks: it carries more than a
 * task and its result, at less cost.
 */
export class Thread {
  state: 'starting' | 'live' | 'retired' | 'exiting' = 'starting'
  readonly booted: Promise<Report>
  /** Resolves once the thread is gone. */
  readonly exited: Promise<void>
  /** Set once it is gone by itself, with nothing to do since it has booted: why. */
  idleError: unknown
  /** If it is to be replaced some day. */
  readonly wear: Wear | undefined
  /** When the last visit ended; performance.now(). */
  idleSince = performance.now()
  readonly traffic: ThreadTraffic
  readonly #piscina: PiscinaOfOne
  readonly #ending: Ending
  /** Undefined if there could not be one. */
  readonly id: number | undefined
  readonly #events: ThreadEvents
  #onIdle: (() => void)[] = []
  /** Since its boot it has had nothing to do, nor been told to end. */
  #isUntouched = false
  /** Whether what it has would not end. */
  #isStopped = false
  #error: unknown

  constructor (assignment: ThreadAssignment, { pool, bootTimeout, grace, recycle }: Settings, events: ThreadEvents) {
    this.#events = events
    if (Object.keys(recycle).length > 0) this.wear = new Wear(recycle)
    const { port1, port2 } = new MessageChannel()
    this.traffic = new ThreadTraffic(port1, pool.concurrentTasksPerWorker, {
      asked: (ask) => events.asked(this, ask),
      logged: events.logged,
      received: events.received,
      freed: events.freed,
      started: () => {
        this.#isUntouched = false
        this.wear?.count()
      },
      idle: () => {
        this.#tellIdle()
        this.idleSince = performance.now()
      },
      news: (news) => this.#receive(news),
      // The thread is about to exit. The port keeps the process no longer, and whoever waits is to be told.
      closed: () => this.#piscina.keepProcess()
    })
    const cells = createThreadCells()
    this.#piscina = new PiscinaOfOne({ ...assignment, flags: this.traffic.flags, cells }, pool, port2)
    this.id = this.#piscina.worker?.threadId // -1 once it is gone
    this.#piscina.onError((error) => {
      if ((this.state === 'live' && this.traffic.isIdle) || this.#ending.isLeaving) events.failed(error)
      this.state = 'exiting'
      this.#error = error
    })
    this.exited = new Promise((resolve) => {
      this.#piscina.onExit((code) => {
        this.#end(code)
        resolve()
      })
    })
    this.#ending = new Ending(this.#piscina, this.traffic, cells, grace, this.exited, {
      noted: events.noted,
      retired: () => {
        this.state = 'retired'
        events.retired()
      },
      terminate: async () => {
        if (this.#isStopped) events.killed()
        // In the midst of a require() of an ES module, which the app may have, Node 20.20 aborts the process, see worker/start.cts.
        await within(grace, this.booted)
        await this.#piscina.terminate()
      }
    })
    this.booted = this.#boot(bootTimeout)
  }

  /** For the log. */
  get where (): string {
    return this.state === 'starting' ? 'building the app' : this.#ending.where
  }

  async #boot (timeout: number): Promise<Report> {
    const report = await this.#piscina.boot(timeout)
    if (this.state === 'starting') {
      this.state = 'live'
      this.#isUntouched = true
    }
    return report
  }

  /** Lets its visits end, and the worker close its app, which may take as long as the grace period, and leave. */
  async close (): Promise<void> {
    if (this.state !== 'live') return await this.exited
    this.state = 'exiting'
    this.#isUntouched = false
    await this.whenIdle()
    await this.#ending.leave()
    await this.exited
  }

  /** Resolves when it has nothing to do, or is gone. */
  async whenIdle (): Promise<void> {
    if (!this.traffic.isIdle) await new Promise<void>((resolve) => { this.#onIdle.push(resolve) })
  }

  #tellIdle (): void {
    for (const tell of this.#onIdle.splice(0)) tell()
  }

  /** What it has would not end: it is terminated where that is safe, or else leaves by itself, see Ending. */
  stop (): void {
    this.#isStopped = true
    this.abandon()
  }

  /** As it is. */
  abandon (): void {
    if (this.state !== 'retired') this.state = 'exiting'
    this.#isUntouched = false
    this.#ending.stop()
  }

  /** It has not ended in time: whoever still waits is told. */
  giveUp (): void {
    this.#ending.giveUp()
  }

  #receive (news: ThreadNews): void {
    if (news.thread === 'heapFull') this.wear!.isHeapFull = true
    else if (news.thread !== 'closed') this.#ending.news(news)
    else if (news.fault !== undefined) this.#events.failed(fromFault(news.fault))
  }

  #end (code: number): void {
    this.state = 'exiting'
    // What the app has set it to is meant for the process.
    if (this.#ending.isLeaving && this.#error === undefined && code !== 0) process.exitCode ??= code
    this.traffic.drain()
    const error = this.#error ?? new Error(`it exited with code ${code}`)
    if (this.#isUntouched) this.idleError = error
    this.traffic.drop(error)
    this.#tellIdle()
  }
}
