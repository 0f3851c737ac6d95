import { Closing, QueueFull, QueueTimeout } from '../errors.js'
import type { Executor, Slot } from '../executor.js'
import { type QueuedTask, type RouteQueue, meanWindow } from './route-queue.js'

/**
 * The queue before the threads: bounded, first come first served within a priority, and no route takes more slots
 * than its `concurrency`. Piscina's own queue stays empty.
 */
export class Admission {
  #waiting = 0
  #timer: NodeJS.Timeout | undefined
  #closing = false
  #meanRun = 0
  readonly #queues = new Set<RouteQueue>()
  /** Of the lanes that have ever waited. */
  #highestPriority = -Infinity

  constructor (readonly executor: Executor, readonly limits: { max: number, timeout: number }) {
    executor.onFree(() => this.#fill())
  }

  get length (): number {
    return this.#waiting
  }

  /** The candidate enters now, later, or is refused. */
  request (task: QueuedTask): void {
    const { queue } = task
    if (this.#closing) return task.reject(new Closing(queue.route))
    if (this.#waiting === 0 && queue.isOpen) {
      const slot = this.executor.take(this.#prefetchLimitOf(task) > 0)
      if (slot !== undefined) return startTask(task, slot)
    }
    if (this.#waiting >= this.limits.max) return task.reject(new QueueFull(queue.route, this.limits.max))
    this.#add(queue)
    queue.push(task)
    this.#waiting++
    // Others may wait for a lane of theirs alone, while there is a slot for this one.
    this.#fill()
    if (task.waiting) this.#timer ??= setTimeout(() => this.#expire(), this.limits.timeout)
  }

  /** The candidate does not want to wait any longer. */
  cancel (task: QueuedTask): void {
    task.queue.remove(task)
    this.#forget()
  }

  /** A visit of this lane has settled, having held its slot for so many ms. */
  release (lane: RouteQueue, ran: number): void {
    lane.running--
    lane.recordRun(ran)
    this.#meanRun += (ran - this.#meanRun) / meanWindow
    this.#fill()
  }

  /** A candidate has entered in vain, and wants nothing any more. */
  leave (lane: RouteQueue): void {
    lane.running--
    this.#fill()
  }

  /** A candidate has entered in vain, since its worker was ending, or busy for longer than expected: it is the first of its lane again. */
  requeue (task: QueuedTask): void {
    const { queue } = task
    queue.running--
    if (this.#closing) return task.reject(new Closing(queue.route))
    this.#add(queue)
    queue.unshift(task)
    this.#waiting++
    this.#fill()
    if (!task.waiting) return
    // It has waited for longer than those that the timer knows.
    clearTimeout(this.#timer)
    this.#expire()
  }

  /** Whole seconds in which the queue should have passed, at least 1. */
  get retryAfter (): number {
    return Math.max(1, Math.ceil(this.#waiting * this.#meanRun / this.executor.capacity / 1_000))
  }

  get isClosing (): boolean {
    return this.#closing
  }

  /** Refuses whoever waits, and whoever comes. */
  close (): void {
    this.#closing = true
    for (const lane of this.#queues) {
      while (lane.head !== undefined) this.#reject(lane.head, new Closing(lane.route))
    }
  }

  #fill (): void {
    while (this.#waiting > 0) {
      const task = this.#next()
      if (task === undefined) return
      const slot = this.#find(task)
      if (slot === undefined) return
      this.cancel(task)
      startTask(task, slot)
    }
  }

  /** A free slot, or one that soon is. */
  #find (task: QueuedTask): Slot | undefined {
    const ahead = this.#prefetchLimitOf(task)
    const slot = this.executor.take(ahead > 0)
    if (slot !== undefined) return slot
    this.executor.want(this.#ready)
    return ahead > 0 ? this.executor.takeAhead(ahead) : undefined
  }

  /** Not where it would come before one of a higher priority. */
  #prefetchLimitOf ({ queue, isPrefetchable }: QueuedTask): number {
    return isPrefetchable && queue.priority >= this.#highestPriority ? queue.maxPrefetched : 0
  }

  #add (lane: RouteQueue): void {
    this.#queues.add(lane)
    this.#highestPriority = Math.max(this.#highestPriority, lane.priority)
  }

  get #ready (): number {
    let ready = 0
    for (const lane of this.#queues) ready += lane.ready
    return ready
  }

  /** Of the open lanes with the highest priority, the request that came first. */
  #next (): QueuedTask | undefined {
    let next: QueuedTask | undefined
    for (const { head, isOpen, priority } of this.#queues) {
      if (head === undefined || !isOpen) continue
      if (next === undefined || priority > next.queue.priority ||
        (priority === next.queue.priority && head.arrivedAt < next.arrivedAt)) next = head
    }
    return next
  }

  /** All wait equally long, so the first of each lane are the first to go: one timer serves the whole queue. */
  #expire (): void {
    const limit = performance.now() - this.limits.timeout
    let oldest = Infinity
    for (const lane of this.#queues) {
      while (lane.head !== undefined && lane.head.arrivedAt <= limit) {
        this.#reject(lane.head, new QueueTimeout(lane.route, this.limits.timeout))
      }
      oldest = Math.min(oldest, lane.head?.arrivedAt ?? Infinity)
    }
    this.#timer = oldest === Infinity ? undefined : setTimeout(() => this.#expire(), Math.ceil(oldest - limit))
  }

  #reject (task: QueuedTask, error: Error): void {
    this.cancel(task)
    task.reject(error)
  }

  #forget (): void {
    if (--this.#waiting > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function startTask (task: QueuedTask, slot: Slot): void {
  task.queue.running++
  task.startOn(slot)
}
