import { AsyncResource } from 'node:async_hooks'
import type { Where } from '../../executor.js'
import type { Admission } from '../../queue/admission.js'
import type { QueuedTask, RouteQueue } from '../../queue/route-queue.js'
import type { Meter } from './meter.js'

/** State that all requests of one route share, or all calls of one function. */
export interface TaskGroup {
  queue: RouteQueue
  meter: Meter
  /** Time limit in ms; 0 for no limit. */
  timeout: number
  /** Whether the thread may be terminated after the time limit. */
  isTerminable: boolean
  where: Where
}

/**
 * A task with the time that it takes: how long it waits and runs, which its meter and its queue are told, and
 * the limit of that. A visit or an offloaded call.
 */
export abstract class TimedTask extends AsyncResource {
  readonly queue: RouteQueue
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting = false
  readonly arrivedAt = performance.now()
  /** See SessionHandler.startedAt. */
  startedAt: number | undefined
  /** ms that the session has run on another machine: the way there is no part of them. */
  protected ranElsewhere: number | undefined
  #timer: NodeJS.Timeout | undefined
  protected readonly admission: Admission
  readonly #group: TaskGroup

  constructor (type: string, admission: Admission, group: TaskGroup) {
    super(type)
    this.queue = group.queue
    this.admission = admission
    this.#group = group
  }

  get label (): string {
    return this.queue.route
  }

  get isTerminable (): boolean {
    return this.#group.isTerminable
  }

  get where (): Where {
    return this.#group.where
  }

  get timeLimit (): number {
    return this.#group.timeout
  }

  /** See SessionHandler.started(). Calls startRun(). */
  abstract started (): void

  /** The session starts. Returns how long the task has waited, in ms. */
  protected startRun (): number {
    this.startedAt = performance.now()
    const waited = this.startedAt - this.arrivedAt
    this.#group.meter.recordWait(waited)
    return waited
  }

  /** The session has ended: frees the place of the task in its queue. Returns how long it has run, in ms. */
  protected endRun (): number {
    // If the thread has ended, the loop may not have seen the session start.
    if (this.startedAt === undefined) this.started()
    this.clearLimit()
    const ran = this.ranElsewhere ?? performance.now() - this.startedAt!
    this.#group.meter.recordRun(ran)
    this.admission.release(this.queue, ran)
    return ran
  }

  /** The session has not started, although it seemed so: the task may run again. */
  protected resetRun (): void {
    this.clearLimit()
    this.startedAt = undefined
  }

  /** Calls back in so many ms, unless the limit is cleared before. */
  protected setLimit (milliseconds: number, callback: () => void): void {
    this.#timer = setTimeout(callback, milliseconds)
  }

  protected clearLimit (): void {
    clearTimeout(this.#timer)
  }
}
