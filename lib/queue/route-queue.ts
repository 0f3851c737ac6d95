import { maxPrefetch, type Session, type Task } from '../executor.js'

/** A request or a call that asks for a worker. */
export interface QueuedTask extends Task {
  readonly queue: RouteQueue
  /** Neighbours in the queue while the task waits; the queue's to write. */
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting: boolean
  /** performance.now() of the arrival. */
  arrivedAt: number
  /**
   * Whether the session is one message each way: it may be sent before a worker is free, and others after it.
   */
  readonly isPrefetchable: boolean
  /** The session of the task. Its handler may have been called already. */
  opened (session: Session): void
  /** The session could not be opened, since open() or repair() has thrown. */
  failed (error: unknown): void
  /** The task will have no session. */
  reject (error: Error): void
}

/** Number of tasks over which a mean run time moves. */
export const meanWindow = 16

/**
 * ms. To prefetch a task that takes longer gains nothing; one that does not has ended long before it would be
 * withdrawn, see threads/slot-table.ts.
 */
const maxBriefRun = 2

/** The tasks of one route that wait, in the order of their arrival. Each can leave in constant time. */
export class RouteQueue {
  head: QueuedTask | undefined
  running = 0
  #length = 0
  #tail: QueuedTask | undefined
  /** In ms. Long, until it is known: about a hundred brief runs tell. */
  #meanRun = 1_000

  constructor (readonly route: string, readonly priority: number, readonly concurrency: number) {}

  /** How many tasks wait. */
  get length (): number {
    return this.#length
  }

  get isOpen (): boolean {
    return this.running < this.concurrency
  }

  /** How many of the waiting tasks may run as far as the concurrency is concerned. */
  get ready (): number {
    return Math.min(this.#length, this.concurrency - this.running)
  }

  /** How many sessions may wait in one worker. */
  get maxPrefetched (): number {
    return Math.min(maxPrefetch, Math.floor(maxBriefRun / this.#meanRun))
  }

  /** One of the tasks has taken a worker for so many ms. */
  recordRun (time: number): void {
    this.#meanRun += (time - this.#meanRun) / meanWindow
  }

  push (task: QueuedTask): void {
    this.#length++
    task.waiting = true
    task.previous = this.#tail
    if (this.#tail === undefined) this.head = task
    else this.#tail.next = task
    this.#tail = task
  }

  /** Puts a task back that had left: before every task that came later. */
  unshift (task: QueuedTask): void {
    let next = this.head
    while (next !== undefined && next.arrivedAt < task.arrivedAt) next = next.next
    if (next === undefined) return this.push(task)
    this.#length++
    task.waiting = true
    task.next = next
    task.previous = next.previous
    if (next.previous === undefined) this.head = task
    else next.previous.next = task
    next.previous = task
  }

  remove (task: QueuedTask): void {
    this.#length--
    const { previous, next } = task
    if (previous === undefined) this.head = next
    else previous.next = next
    if (next === undefined) this.#tail = previous
    else next.previous = previous
    task.previous = task.next = undefined
    task.waiting = false
  }
}
