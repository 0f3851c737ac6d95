import type { FastifyBaseLogger } from 'fastify'
import type { WorkerCounts } from '../executor.js'
import type { ThreadSettings } from '../options/settings.js'
import { settledWithin } from '../promises.js'
import { AbortReason } from '../wire/abort-reason.js'
import type { BootReport } from '../wire/worker-data.js'
import type { Thread, ThreadEvents } from './thread.js'
import { ThreadHistory } from './thread-history.js'
import { startUvThreads } from './uv-threads.js'

const maxBackoff = 30_000

/** ms for the boot of a worker that nobody waits for at boot, at least. */
const minLaterTimeout = 60_000

/** `bootTimeout` in ms, undefined for no limit. */
export type CreateThread = (events: ThreadEvents, bootTimeout: number | undefined) => Thread

/** ms for which the main thread lets threads begin at most: on a busy machine its own boot goes on. */
const maxBeginning = 500

/**
 * ms that threads have, when the server closes, to leave or to be terminated; or twice the grace period, if
 * that is longer.
 */
const minCloseTimeout = 5_000

/**
 * Starts, replaces and ends threads. There are between minThreads and maxThreads, and up to maxRetired
 * retired ones beside them, which leave once their sessions have ended. A thread counts until it has exited:
 * native code is not interrupted, and a pool that counted a thread only until it was told to exit would run
 * twice its threads.
 */
export class ThreadSupervisor {
  readonly #threads = new Set<Thread>()
  readonly #settings: ThreadSettings
  readonly #log: FastifyBaseLogger
  readonly #createThread: CreateThread
  readonly #onCapacity: () => void
  /** Warnings about threads that do not end; each is logged once. */
  readonly #logged = new Set<string>()
  readonly #history = new ThreadHistory()
  #isRecycling = false
  /** Threads in a row that have failed; 0 again when a session has ended. */
  #failures = 0
  #backoffTimer: NodeJS.Timeout | undefined
  #shrinkTimer: NodeJS.Timeout | undefined
  #closing = false
  /** Time limit in ms for the boot of threads that start() does not wait for. */
  #laterTimeout: number
  #check = (_report: BootReport): void => {}
  #noneBooted = (_error: unknown): void => {}

  /** `onCapacity` is called when there is a thread, or room for one, that there was not before. */
  constructor (
    settings: ThreadSettings, log: FastifyBaseLogger, createThread: CreateThread,
    onCapacity: () => void
  ) {
    this.#settings = settings
    this.#log = log
    this.#createThread = createThread
    this.#onCapacity = onCapacity
    this.#laterTimeout = settings.bootTimeout ?? minLaterTimeout
  }

  /** Those that have not exited. */
  get threads (): ReadonlySet<Thread> {
    return this.#threads
  }

  async start (): Promise<BootReport[]> {
    startUvThreads()
    const { bootTimeout, pool: { minThreads } } = this.#settings
    const begun = performance.now()
    const threads = Array.from({ length: minThreads }, () => this.#add(bootTimeout))
    try {
      const reports = await Promise.all(threads.map(({ booted }) => booted))
      this.#laterTimeout = bootTimeout ?? Math.max(minLaterTimeout, 10 * (performance.now() - begun))
      for (const thread of threads) this.#watch(thread)
      return reports
    } catch (error) {
      // Not awaited: Fastify's time limit for the boot is about to run out, and native code would not end.
      for (const thread of this.#threads) thread.abandon()
      throw error
    }
  }

  /** See Executor.whenBegun(). */
  async whenBegun (): Promise<void> {
    const begun = [...this.#threads].map((thread) => Promise.race([thread.begun, thread.exited]))
    await settledWithin(maxBeginning, Promise.all(begun))
  }

  /** See Executor.expireBoot(). */
  expireBoot (within: string, option: string): void {
    for (const thread of this.#threads) thread.expireBoot(within, option)
  }

  /** See Executor.onBoot(). */
  onBoot (check: (report: BootReport) => void, failed: (error: unknown) => void): void {
    this.#check = check
    this.#noneBooted = failed
  }

  async close (): Promise<void> {
    const { grace } = this.#settings
    this.#closing = true
    clearTimeout(this.#backoffTimer)
    clearTimeout(this.#shrinkTimer)
    const threads = [...this.#threads]
    const idle = Promise.all(threads.map(async (thread) => {
      await thread.booted.catch(() => {})
      await thread.whenIdle()
    }))
    for (const thread of threads) thread.booted.then(() => thread.close(), () => {})
    await settledWithin(grace, idle)
    for (const { channel } of threads) {
      for (const session of channel.openSessions) session.abort(AbortReason.closing)
    }
    await settledWithin(grace, idle)
    // Threads without a session leave by themselves.
    for (const thread of threads) if (thread.state === 'starting' || !thread.channel.isIdle) thread.abandon()
    const exited = Promise.all(threads.map(({ exited }) => exited))
    await settledWithin(Math.max(2 * grace, minCloseTimeout), exited)
    for (const thread of this.#threads) thread.giveUp()
    for (const { id, activity } of this.#threads) {
      const what = `the server is closed, and thread ${id} has not ended`
      this.#log.warn(`fastify-blocking: ${what}: ${activity}`)
    }
  }

  /** See Executor.whyNone(). */
  whyNone (): string | undefined {
    if (this.#count('live') > 0 || !this.#history.hasLastBootFailed) return undefined
    return 'no worker could build the app, for the reason in the log'
  }

  stats (): WorkerCounts {
    let busy = 0
    for (const thread of this.#threads) if (thread.state === 'live' && !thread.channel.isIdle) busy++
    return {
      starting: this.#count('starting'),
      live: this.#count('live'),
      busy,
      retired: this.#count('retired'),
      exiting: this.#count('exiting'),
      ...this.#history.readCounts(),
      heapsUsed: [...this.#threads].filter(({ state }) => state === 'live').map(({ heapUsed }) => heapUsed)
    }
  }

  get events (): ThreadHistory['events'] {
    return this.#history.events
  }

  /** Starts one more thread if there is room, and those that are starting are too few for `waiting` tasks. */
  growFor (waiting: number): void {
    const starting = this.#count('starting') * this.#settings.pool.concurrentTasksPerWorker
    if (waiting > starting) this.grow()
  }

  /** Starts one more thread if there is room. */
  grow (): void {
    if (this.#closing || this.#backoffTimer !== undefined) return
    if (this.#size >= this.#settings.pool.maxThreads) return
    const thread = this.#add(this.#laterTimeout)
    thread.booted.then(() => {
      this.#replenish() // failures may have left more than one thread to replace
      this.#watch(thread)
      this.#onCapacity()
      this.#shrink() // the load may be over
    }, (error) => {
      this.#retryBoot(thread, error)
      this.#watch(thread) // after the back-off has begun, or the exit would start the next thread at once
    })
  }

  /** Replaces one thread at a time: the successor boots, then the expired thread is closed. */
  #recycle (expired: Thread, reason: string): void {
    if (this.#closing || this.#isRecycling || this.#backoffTimer !== undefined) return
    if (expired.state !== 'live') return
    this.#isRecycling = true
    this.#log.info(`fastify-blocking: a worker is replaced ${reason}`)
    const successor = this.#add(this.#laterTimeout)
    successor.booted.then(() => {
      this.#watch(successor)
      if (expired.state === 'live') this.#history.wasRecycled(expired, reason)
      expired.close()
      this.#onCapacity()
      return expired.exited
    }, (error) => {
      this.#retryBoot(successor, error)
    }).finally(() => { this.#isRecycling = false })
  }

  #add (bootTimeout: number | undefined): Thread {
    const begun = performance.now()
    const thread = this.#createThread({
      booted: (report) => this.#check(report),
      failed: (err) => this.#log.error({ err }, 'fastify-blocking: error in a worker outside of any request'),
      settled: (ended) => this.#settled(ended),
      retired: (isFirst) => {
        if (isFirst) this.#history.wasRetired(thread)
        this.#replace()
      },
      killed: () => {
        this.#history.wasKilled(thread)
        this.#logKilled(thread)
      },
      log: (what) => this.#logOnce(what)
    }, bootTimeout)
    this.#threads.add(thread)
    thread.booted.then(() => {
      this.#history.booted(thread, performance.now() - begun)
    }, (error) => {
      // One that is still booting when the server closes is terminated.
      if (!this.#closing) this.#history.bootFailed(error)
    })
    thread.exited.then(() => {
      this.#threads.delete(thread)
      this.#history.exited(thread)
    })
    return thread
  }

  /** A session of the thread has ended. */
  #settled (thread: Thread): void {
    this.#failures = 0
    this.#shrink()
    const reason = thread.recycleReason
    if (reason !== undefined) this.#recycle(thread, reason)
  }

  #replenish (): void {
    for (let missing = this.#settings.pool.minThreads - this.#size; missing > 0; missing--) this.grow()
  }

  /** A thread has exited or retired. Tasks that wait may want a thread above minThreads. */
  #replace (): void {
    this.#replenish()
    this.#onCapacity()
  }

  /** Threads that count towards maxThreads: up to maxRetired retired ones do not. */
  get #size (): number {
    return this.#threads.size - Math.min(this.#count('retired'), this.#settings.pool.maxRetired)
  }

  /** Names what has cost a thread: only its author can change that. */
  #logKilled ({ id, channel }: Thread): void {
    for (const { label, startedAt, log = this.#log } of channel.overdueRuns) {
      const ran = Math.round(performance.now() - startedAt)
      log.warn(
        { route: label, ran },
        `fastify-blocking: thread ${id} is terminated: ${label} was to end, and has run for ${ran} ms; ` +
        'no `finally` of it runs, see docs/threads.md'
      )
    }
  }

  /** Logs a warning, and each text once. */
  #logOnce (what: string): void {
    if (this.#logged.has(what)) return
    this.#logged.add(what)
    this.#log.warn(`fastify-blocking: ${what}`)
  }

  /** Replaces the thread when it has exited. */
  #watch (thread: Thread): void {
    thread.exited.then(() => {
      if (thread.idleError !== undefined) this.#backOff(thread.idleError, 'a worker ended with nothing to do')
      this.#replace()
    })
  }

  #retryBoot (thread: Thread, error: unknown): void {
    thread.abandon()
    this.#backOff(error, 'a worker failed to start')
    if (this.#settings.pool.minThreads === 0 && this.#count('live') === 0) this.#noneBooted(error)
  }

  /** Waits before the next thread is started, for longer each time until a session has ended. */
  #backOff (error: unknown, what: string): void {
    if (this.#closing) return
    const wait = Math.min(100 * 2 ** this.#failures++, maxBackoff)
    this.#log.error({ err: error }, `fastify-blocking: ${what}; next try in ${wait} ms`)
    this.#backoffTimer ??= setTimeout(() => {
      this.#backoffTimer = undefined
      if (this.#size < this.#settings.pool.minThreads) this.grow()
      this.#onCapacity()
    }, wait).unref()
  }

  /** Closes the threads above minThreads that have idled for long; one timer serves all of them. */
  #shrink (): void {
    const { minThreads, idleTimeout } = this.#settings.pool
    if (this.#shrinkTimer !== undefined || this.#threads.size <= minThreads) return
    if (this.#count('live') <= minThreads) return
    this.#shrinkTimer = setTimeout(() => {
      this.#shrinkTimer = undefined
      const limit = performance.now() - idleTimeout
      for (const thread of this.#threads) {
        if (this.#count('live') <= minThreads) return
        if (thread.state === 'live' && thread.channel.isIdle && thread.idleSince <= limit) thread.close()
      }
      this.#shrink()
    }, idleTimeout).unref()
  }

  #count (state: Thread['state']): number {
    let count = 0
    for (const thread of this.#threads) if (thread.state === state) count++
    return count
  }
}
