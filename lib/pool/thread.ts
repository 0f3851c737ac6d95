import { MessageChannel } from 'node:worker_threads'
import type { Settings } from '../options.js'
import type { Assignment, Report } from '../wire/assignment.js'
import type { Ask } from '../wire/calls.js'
import type { LogLine } from '../wire/messages.js'
import { PiscinaOfOne } from './piscina-of-one.js'
import { ThreadTraffic } from './thread-traffic.js'
import { Wear } from './wear.js'
import { within } from '../within.js'

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
}

/**
 * One thread that holds the app. Visits travel on a port of their own, and not as Piscina's tasks: it carries more than a
 * task and its result, at less cost.
 */
export class Thread {
  state: 'starting' | 'live' | 'exiting' = 'starting'
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
  readonly #grace: number
  readonly #events: ThreadEvents
  #onIdle = (): void => {}
  #isGone = false
  /** Since its boot it has had nothing to do, nor been told to end. */
  #isUntouched = false
  #error: unknown

  constructor (assignment: Omit<Assignment, 'flags'>, { pool, bootTimeout, grace, recycle }: Settings, events: ThreadEvents) {
    this.#grace = grace
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
        this.#onIdle()
        this.idleSince = performance.now()
      },
      heapFull: () => { this.wear!.isHeapFull = true },
      // The thread is about to exit. The port keeps the process no longer, and whoever waits is to be told.
      closed: () => this.#piscina.keepProcess()
    })
    this.#piscina = new PiscinaOfOne({ ...assignment, flags: this.traffic.flags }, pool, port2)
    this.#piscina.onError((error) => {
      if (this.state === 'live' && this.traffic.isIdle) events.failed(error)
      this.state = 'exiting'
      this.#error = error
    })
    this.exited = new Promise((resolve) => {
      this.#piscina.onExit((code) => {
        this.#end(code)
        resolve()
      })
    })
    this.booted = this.#boot(bootTimeout)
  }

  async #boot (timeout: number): Promise<Report> {
    const report = await this.#piscina.boot(timeout)
    if (this.state === 'starting') {
      this.state = 'live'
      this.#isUntouched = true
    }
    return report
  }

  /** Lets its visits end, closes the worker's app, which may take as long as the grace period, and ends the thread. */
  async close (): Promise<void> {
    if (this.state === 'exiting') return this.exited
    this.state = 'exiting'
    this.#isUntouched = false
    if (!this.traffic.isIdle) await new Promise<void>((resolve) => { this.#onIdle = resolve })
    if (this.#isGone) return
    await within(this.#grace, this.#piscina.close().catch((error) => this.#events.failed(error)))
    await this.terminate()
  }

  /** Resolves when the thread has stopped: native code is not interrupted. */
  async terminate (): Promise<void> {
    this.state = 'exiting'
    this.#isUntouched = false
    // In the midst of a require() of an ES module, which the app may have, Node 20.20 aborts the process, see worker/start.cts.
    await within(this.#grace, this.booted)
    await this.#piscina.terminate()
  }

  #end (code: number): void {
    this.state = 'exiting'
    this.#isGone = true
    this.traffic.drain()
    const error = this.#error ?? new Error(`it exited with code ${code}`)
    if (this.#isUntouched) this.idleError = error
    this.traffic.drop(error)
  }
}
