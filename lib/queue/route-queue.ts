import { maxPrefetch, type Slot } from '../executor.js'

/** A request that asks for a slot. */
export interface QueuedTask {
  readonly queue: RouteQueue
  /** Neighbours in the lane while it waits; the lane's to write. */
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting: boolean
  /** performance.now() of its arrival. */
  arrivedAt: number
  /** Whether it is one message to a thread, and one back: others may be sent after it, and it after others. */
  readonly isPrefetchable: boolean
  startOn (slot: Slot): void
  reject (error: Error): void
}

/** Visits over which a mean run time moves. */
export const meanWindow = 16

/** ms. What takes longer is not worth it to be sent ahead; what does not is over long before it would be recalled, see slot-table.ts. */
const maxBriefRun = 2

/** The requests of one route that wait, in the order of their arrival. Any of them leaves in constant time. */
export class RouteQueue {
  head: QueuedTask | undefined
  running = 0
  #length = 0
  #tail: QueuedTask | undefined
  /** In ms. Long, until it is known: about a hundred brief ones tell. */
  #meanRun = 1_000

  constructor (readonly route: string, readonly priority: number, readonly concurrency: number) {}

  get isOpen (): boolean {
    return this.running < this.concurrency
  }

  /** Of those that wait, how many may run as far as the lane is concerned. */
  get ready (): number {
    return Math.min(this.#length, this.concurrency - this.running)
  }

  /** How many may be ahead at one thread. */
  get maxPrefetched (): number {
    return Math.min(maxPrefetch, Math.floor(maxBriefRun / this.#meanRun))
  }

  /** One of them has had a slot for so many ms. */
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

  /** Puts one back that had left: before whoever came after it, which are all but others that were put back. */
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
