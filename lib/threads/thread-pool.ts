import type { FastifyBaseLogger } from 'fastify'
import { BootFailed } from '../errors.js'
import type { Settings } from '../options/settings.js'
import { Flag } from '../wire/shared-cells.js'
import type { Report } from '../wire/worker-data.js'
import type { Announcement, LogLine } from '../wire/messages.js'
import type { Asked, Executor, Slot, WorkerCounts } from '../executor.js'
import { patience } from './slot-table.js'
import { makeUvThreads } from './uv-threads.js'
import { Thread, type ThreadAssignment } from './thread.js'
import { ThreadSlot } from './thread-slot.js'
import { within } from '../within.js'

const longestBackoff = 30_000

/** ms that threads have at least, when the server closes, to leave or to be terminated; else twice the grace period. */
const leastToLeave = 5_000

/**
 * Between minThreads and maxThreads threads, and up to maxRetired beside them that leave once what they still have to do is done. A thread
 * counts until it has exited, not until it was told to: native code is not interrupted, and a pool that forgets this runs twice its threads.
 */
export class Threads implements Executor {
  readonly capacity: number
  readonly #threads = new Set<Thread>()
  readonly #settings: Settings
  readonly #assignment: ThreadAssignment
  readonly #log: FastifyBaseLogger
  #onFree = (): void => {}
  #onLine = (_line: LogLine): void => {}
  #onAsk = (_asked: Asked): void => {}
  /** The last of each kind. */
  readonly #announced = new Map<string, Announcement>()
  /** What has been logged of threads that do not end. */
  readonly #notes = new Set<string>()
  #killed = 0
  #recycled = 0
  #isRecycling = false
  #failures = 0
  #backoff: NodeJS.Timeout | undefined
  #shrinking: NodeJS.Timeout | undefined
  #recalling: NodeJS.Timeout | undefined
  #closing = false

  constructor (assignment: ThreadAssignment, settings: Settings, log: FastifyBaseLogger) {
    this.#assignment = assignment
    this.#settings = settings
    this.#log = log
    this.capacity = settings.pool.maxThreads * settings.pool.concurrentTasksPerWorker
  }

  async start (): Promise<Report[]> {
    makeUvThreads()
    const threads = Array.from({ length: this.#settings.pool.minThreads }, () => this.#add())
    try {
      const reports = await Promise.all(threads.map(({ booted }) => booted))
      for (const thread of threads) this.#watch(thread)
      return reports
    } catch (error) {
      // Not awaited: Fastify's clock is about to run out as well, and native code would not end.
      for (const thread of this.#threads) thread.abandon()
      throw this.#bootError(error)
    }
  }

  take (isFollowed: boolean): Slot | undefined {
    let chosen: Thread | undefined
    for (const thread of this.#threads) {
      if (thread.state === 'live' && thread.traffic.free > (chosen?.traffic.free ?? 0)) chosen = thread
    }
    const slot = chosen?.traffic.take(isFollowed)
    return chosen === undefined || slot === undefined ? undefined : new ThreadSlot(this, chosen, slot, this.#settings.grace)
  }

  takeAhead (most: number): Slot | undefined {
    const now = performance.now()
    let chosen: Thread | undefined
    for (const thread of this.#threads) {
      const { state, traffic } = thread
      if (state === 'live' && traffic.mayBeSentAhead(now) && traffic.ahead < (chosen?.traffic.ahead ?? most)) chosen = thread
    }
    if (chosen === undefined) return undefined
    this.#watchAhead()
    return new ThreadSlot(this, chosen, chosen.traffic.takeAhead(), this.#settings.grace, true)
  }

  want (waiting: number): void {
    const starting = this.#count('starting') * this.#settings.pool.concurrentTasksPerWorker
    if (waiting > starting) this.#grow()
  }

  onFree (callback: () => void): void {
    this.#onFree = callback
  }

  onLine (callback: (line: LogLine) => void): void {
    this.#onLine = callback
  }

  onAsk (callback: (asked: Asked) => void): void {
    this.#onAsk = callback
  }

  announce (announcement: Announcement): void {
    this.#announced.set(Object.keys(announcement).join(), announcement)
    for (const thread of this.#threads) thread.traffic.announce(announcement)
  }

  counts (): WorkerCounts {
    let busy = 0
    for (const thread of this.#threads) if (thread.state === 'live' && !thread.traffic.isIdle) busy++
    const [starting, live, retired, exiting] = [this.#count('starting'), this.#count('live'), this.#count('retired'), this.#count('exiting')]
    return { starting, live, busy, retired, exiting, killed: this.#killed, recycled: this.#recycled }
  }

  /** Called by a slot whose visit has been told to stop: where there is room, its successor boots meanwhile. */
  anticipate (): void {
    this.#grow()
  }

  /** Called by a slot whose visit has settled. */
  settled (thread: Thread): void {
    this.#failures = 0
    this.#shrink()
    const reason = thread.wear?.reason
    if (reason !== undefined) this.#recycle(thread, reason)
  }

  async close (): Promise<void> {
    const { grace } = this.#settings
    this.#closing = true
    clearTimeout(this.#backoff)
    clearTimeout(this.#shrinking)
    const threads = [...this.#threads]
    const idle = Promise.all(threads.map(async (thread) => {
      await thread.booted.catch(() => {})
      await thread.whenIdle()
    }))
    for (const thread of threads) thread.booted.then(() => thread.close(), () => {})
    await within(grace, idle)
    for (const { traffic } of threads) if (!traffic.isIdle) traffic.flagAll(Flag.closing)
    await within(grace, idle)
    // The others leave by themselves.
    for (const thread of threads) if (thread.state === 'starting' || !thread.traffic.isIdle) thread.abandon()
    await within(Math.max(2 * grace, leastToLeave), Promise.all(threads.map(({ exited }) => exited)))
    for (const thread of this.#threads) thread.giveUp()
    for (const { id, where } of this.#threads) this.#log.warn(`fastify-blocking: the server is closed, and thread ${id} has not ended: ${where}`)
  }

  #add (): Thread {
    const thread = new Thread(this.#assignment, this.#settings, {
      received: () => this.#collect(),
      failed: (error) => this.#log.error({ err: error }, 'fastify-blocking: error in a worker outside of any request'),
      asked: (asking, ask) => this.#onAsk({
        ask,
        slot: ask.slot === undefined ? undefined : new ThreadSlot(this, asking, ask.slot, this.#settings.grace),
        asker: asking.traffic.askerOf(ask),
        tell: (outcome, moved) => asking.traffic.tell({ told: ask.id, outcome }, ask.isSync, moved)
      }),
      logged: (line) => this.#onLine(line),
      freed: () => this.#onFree(),
      retired: () => this.#succeed(),
      killed: () => { this.#killed++ },
      noted: (what) => this.#note(what)
    })
    this.#threads.add(thread)
    for (const announcement of this.#announced.values()) thread.traffic.announce(announcement)
    thread.exited.then(() => {
      this.#threads.delete(thread)
    })
    return thread
  }

  /** One more thread if there is room, which is watched from then on. */
  #grow (): void {
    if (this.#closing || this.#backoff !== undefined || this.#size >= this.#settings.pool.maxThreads) return
    const thread = this.#add()
    thread.booted.then(() => {
      this.#replenish() // failures may have left more than one to replace
      this.#watch(thread)
      this.#onFree()
      this.#shrink() // the load may be over
    }, (error) => {
      this.#retry(thread, error)
      this.#watch(thread) // not before, or its exit would be a reason to try at once
    })
  }

  /** One at a time: its successor boots, and then it is closed. */
  #recycle (worn: Thread, reason: string): void {
    if (this.#closing || this.#isRecycling || this.#backoff !== undefined || worn.state !== 'live') return
    this.#isRecycling = true
    this.#log.info(`fastify-blocking: a worker is replaced ${reason}`)
    const successor = this.#add()
    successor.booted.then(() => {
      this.#watch(successor)
      if (worn.state === 'live') this.#recycled++
      worn.close()
      this.#onFree()
      return worn.exited
    }, (error) => {
      this.#retry(successor, error)
    }).finally(() => { this.#isRecycling = false })
  }

  #replenish (): void {
    for (let missing = this.#settings.pool.minThreads - this.#size; missing > 0; missing--) this.#grow()
  }

  /** A thread has retired. */
  #succeed (): void {
    this.#replenish()
    this.#onFree()
  }

  /** How many places are taken: some retired threads stand beside the others. */
  get #size (): number {
    return this.#threads.size - Math.min(this.#count('retired'), this.#settings.pool.maxRetired)
  }

  /** Once of each. */
  #note (what: string): void {
    if (this.#notes.has(what)) return
    this.#notes.add(what)
    this.#log.warn(`fastify-blocking: ${what}`)
  }

  /** Replaces the thread when it has exited. */
  #watch (thread: Thread): void {
    thread.exited.then(() => {
      if (thread.idleError !== undefined) this.#backOff(thread.idleError, 'a worker ended with nothing to do')
      this.#replenish()
      // The queue may want it even above minThreads.
      this.#onFree()
    })
  }

  #retry (thread: Thread, error: unknown): void {
    thread.abandon()
    this.#backOff(this.#bootError(error), 'a worker failed to start')
  }

  /** A thread that fails later on is replaced at growing intervals, until one has been of use. */
  #backOff (error: unknown, what: string): void {
    if (this.#closing) return
    const wait = Math.min(100 * 2 ** this.#failures++, longestBackoff)
    this.#log.error({ err: error }, `fastify-blocking: ${what}; next try in ${wait} ms`)
    this.#backoff ??= setTimeout(() => {
      this.#backoff = undefined
      if (this.#size < this.#settings.pool.minThreads) this.#grow()
      this.#onFree()
    }, wait).unref()
  }

  /** Closes the threads above minThreads that have idled for long; one timer serves all of them. */
  #shrink (): void {
    const { minThreads, idleTimeout } = this.#settings.pool
    if (this.#shrinking !== undefined || this.#count('live') <= minThreads) return
    this.#shrinking = setTimeout(() => {
      this.#shrinking = undefined
      const limit = performance.now() - idleTimeout
      for (const thread of this.#threads) {
        if (this.#count('live') <= minThreads) return
        if (thread.state === 'live' && thread.traffic.isIdle && thread.idleSince <= limit) thread.close()
      }
      this.#shrink()
    }, idleTimeout).unref()
  }

  /** What waits for a thread that takes its time goes back to the queue; one timer serves all of them. */
  #watchAhead (): void {
    this.#recalling ??= setTimeout(() => {
      this.#recalling = undefined
      const now = performance.now()
      for (const { traffic } of this.#threads) traffic.recallOverdue(now)
      for (const { traffic } of this.#threads) if (traffic.ahead > 0) this.#watchAhead()
    }, patience).unref()
  }

  /** Answers that have come together are taken together: threads have work again the sooner, and responses leave in one go. */
  #collect (): void {
    for (const thread of this.#threads) thread.traffic.collect()
  }

  #count (state: Thread['state']): number {
    let count = 0
    for (const thread of this.#threads) if (thread.state === state) count++
    return count
  }

  #bootError (cause: unknown): Error {
    const { module } = this.#assignment
    const error = new BootFailed(module, cause instanceof Error ? cause.message : String(cause))
    return Object.assign(error, { cause })
  }
}
