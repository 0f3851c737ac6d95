import { Closing, NoWorker, QueueFull, QueueTimeout } from '../errors.js'
import type { Executor, Where } from '../executor.js'
import { meanWindow, type QueuedTask, type RouteQueue } from './route-queue.js'

/**
 * The queue before the executor: bounded, first come first served within a priority, and no route runs more
 * tasks at once than its `concurrency`. Piscina's own queue stays empty.
 */
export class Admission {
  #waiting = 0
  /** Tasks that have a session. */
  #running = 0
  #timer: NodeJS.Timeout | undefined
  #closing = false
  /** ms */
  #meanRun = 0
  /** Those in which a task has ever waited. */
  readonly #queues = new Set<RouteQueue>()
  /** The highest priority among those. */
  #highestPriority = -Infinity

  /** `timeout` in ms. */
  constructor (readonly executor: Executor, readonly limits: { max: number, timeout: number }) {
    executor.onCapacity(() => this.#fill())
  }

  get length (): number {
    return this.#waiting
  }

  /** The task starts now or later, or is rejected. */
  enqueue (task: QueuedTask): void {
    const { queue } = task
    if (this.#closing) return task.reject(new Closing(queue.route))
    if (this.#waiting === 0 && queue.isOpen && this.#open(task, 1)) return
    if (this.#waiting >= this.limits.max) return task.reject(new QueueFull(queue.route, this.limits.max))
    this.#add(queue)
    queue.push(task)
    this.#waiting++
    // Others may wait because of the concurrency of their routes, while a worker is free for this task.
    if (this.#waiting > 1) this.#fill()
    if (task.waiting) this.#timer ??= setTimeout(() => this.#expire(), this.limits.timeout)
  }

  /** The task does not wait any longer. */
  cancel (task: QueuedTask): void {
    task.queue.remove(task)
    if (--this.#waiting > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** A task of this queue has ended, whose session has taken `ran` ms. */
  release (queue: RouteQueue, ran: number): void {
    this.#running--
    queue.running--
    queue.recordRun(ran)
    this.#meanRun += (ran - this.#meanRun) / meanWindow
    this.#fill()
  }

  /** A task of this queue was withdrawn from its worker, and is not to be done any more. */
  leave (queue: RouteQueue): void {
    this.#running--
    queue.running--
    this.#fill()
  }

  /** The session of the task has ended before it started: the task has the place of its arrival again. */
  requeue (task: QueuedTask): void {
    const { queue } = task
    this.#running--
    queue.running--
    if (this.#closing) return task.reject(new Closing(queue.route))
    this.#add(queue)
    queue.unshift(task)
    this.#waiting++
    this.#fill()
    if (!task.waiting) return
    // The task has waited for longer than those that the timer knows.
    clearTimeout(this.#timer)
    this.#expire()
  }

  /** Whole seconds in which the queue should have passed, at least 1. */
  get retryAfter (): number {
    // There may be no host at the moment, and so no capacity.
    const capacity = Math.max(1, this.executor.capacity)
    return Math.max(1, Math.ceil(this.#waiting * this.#meanRun / capacity / 1_000))
  }

  /** See Blocking.isSaturated(). */
  get isSaturated (): boolean {
    const { max, timeout } = this.limits
    if (max === 0) return this.#running >= this.executor.capacity
    if (this.#waiting >= max / 2) return true
    const limit = performance.now() - timeout / 2
    for (const { head, isOpen } of this.#queues) {
      // A task that waits because of its route's own concurrency says nothing of the threads.
      if (isOpen && head !== undefined && head.arrivedAt <= limit) return true
    }
    return false
  }

  get isClosing (): boolean {
    return this.#closing
  }

  /** Rejects every task that waits, and every one that comes. */
  close (): void {
    this.#closing = true
    this.#rejectAll((route) => new Closing(route))
  }

  /** Rejects every task that waits: no worker has booted. */
  fail (cause: unknown): void {
    this.#rejectAll((route) => Object.assign(new NoWorker(route), { cause }))
  }

  #rejectAll (makeError: (route: string) => Error): void {
    for (const queue of this.#queues) {
      while (queue.head !== undefined) this.#reject(queue.head, makeError(queue.route))
    }
  }

  #fill (): void {
    let full: Where | undefined
    while (this.#waiting > 0) {
      const task = this.#next(full)
      if (task === undefined) return
      if (this.#open(task, this.#ready)) continue
      // Workers of one place are busy: tasks for the other place need not wait for them.
      if (task.where === 'any' || full !== undefined) return
      full = task.where
    }
  }

  /** False if no worker is free. `waiting`: how many tasks may start as far as their queues are concerned. */
  #open (task: QueuedTask, waiting: number): boolean {
    const { queue } = task
    const isInQueue = task.waiting
    this.#running++
    queue.running++
    try {
      const session = this.executor.open(task, this.#prefetchLimitOf(task), waiting)
      if (session === undefined) {
        this.#running--
        queue.running--
        return false
      }
      // A task that is prefetched waits as well.
      if (!session.isStarted) this.#add(queue)
      task.opened(session)
    } catch (error) {
      // Later, since the error of one task would otherwise start the next one from within this loop.
      queueMicrotask(() => task.failed(error))
    }
    if (isInQueue) this.cancel(task)
    return true
  }

  /** 0 where the task would start before one of a higher priority, or where no task may wait. */
  #prefetchLimitOf ({ queue, isPrefetchable }: QueuedTask): number {
    const mayWait = isPrefetchable && queue.priority >= this.#highestPriority && this.limits.max > 0
    return mayWait ? queue.maxPrefetched : 0
  }

  #add (queue: RouteQueue): void {
    this.#queues.add(queue)
    this.#highestPriority = Math.max(this.#highestPriority, queue.priority)
  }

  /** Tasks that may start as far as their queues are concerned. */
  get #ready (): number {
    let ready = 0
    for (const queue of this.#queues) ready += queue.ready
    return ready
  }

  /**
   * Among the open queues with the highest priority, the task that came first; none that is only for workers
   * of the place `full`.
   */
  #next (full: Where | undefined): QueuedTask | undefined {
    let next: QueuedTask | undefined
    for (const { head, isOpen, priority } of this.#queues) {
      if (head === undefined || !isOpen || head.where === full) continue
      if (next === undefined || priority > next.queue.priority ||
        (priority === next.queue.priority && head.arrivedAt < next.arrivedAt)) next = head
    }
    return next
  }

  /**
   * All tasks may wait equally long, so the heads of the queues expire first: one timer serves all of them.
   */
  #expire (): void {
    const limit = performance.now() - this.limits.timeout
    let oldest = Infinity
    for (const queue of this.#queues) {
      while (queue.head !== undefined && queue.head.arrivedAt <= limit) {
        const reason = this.executor.whyNone?.(queue.head.where)
        const why = reason === undefined ? '; see option queue.timeout' : `, since ${reason}`
        this.#reject(queue.head, new QueueTimeout(queue.route, this.limits.timeout, why))
      }
      oldest = Math.min(oldest, queue.head?.arrivedAt ?? Infinity)
    }
    const wait = Math.ceil(oldest - limit)
    this.#timer = oldest === Infinity ? undefined : setTimeout(() => this.#expire(), wait)
  }

  #reject (task: QueuedTask, error: Error): void {
    this.cancel(task)
    task.reject(error)
  }
}
