import t from 'tap'
import { Admission } from '../../dist/queue/admission.js'
import type { Session } from '../../dist/executor.js'
import { type QueuedTask, RouteQueue } from '../../dist/queue/route-queue.js'
import { until } from '../support/until.js'
import { createCells, Guest, startThreads } from './threads.js'

/** A task of which nothing but its place is of interest: its session is withdrawn, or ends at once. */
class Asking extends Guest implements QueuedTask {
  previous: QueuedTask | undefined
  next: QueuedTask | undefined
  waiting = false
  arrivedAt = performance.now()
  taken: Session | undefined

  constructor (readonly queue: RouteQueue, readonly isPrefetchable = true) {
    super(undefined, '/pass', { cells: createCells() })
  }

  opened (session: Session): void {
    this.taken = session
  }

  failed (error: unknown): never {
    throw error
  }

  reject (error: Error): never {
    throw error
  }
}

function briefQueue (priority = 0): RouteQueue {
  const queue = new RouteQueue('GET /', priority, Infinity)
  while (queue.maxPrefetched < 7) queue.recordRun(0.1)
  return queue
}

const threads = await startThreads(t)

/** Each asks; gives which of them have been prefetched. The thread is free again then. */
async function ask (admission: Admission, createTasks: () => Asking[]): Promise<boolean[]> {
  for (;;) {
    const tasks = createTasks()
    const start = performance.now()
    for (const task of tasks) admission.request(task)
    const prefetched = tasks.slice(1).map(({ taken }) => taken?.isStarted === false)
    const hasStoodStill = performance.now() - start >= 3
    for (const task of tasks.toReversed()) {
      if (task.waiting) admission.cancel(task)
      else {
        task.taken!.withdraw()
        await task.end
        admission.leave(task.queue)
      }
    }
    await until('the worker has come to what was withdrawn', () => threads.stats().busy === 0)
    // Otherwise the session that runs may run for longer, and none is sent after it.
    if (!hasStoodStill) return prefetched
  }
}

t.test('seven of a brief route are sent after one that runs, and the rest wait', async (t) => {
  const queue = briefQueue()
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await ask(admission, () => Array.from({ length: 10 }, () => new Asking(queue))), [true, true, true, true, true, true, true, false, false])
})

t.test('the longer they take the fewer are sent, and none of a route that is not known', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  const queue = new RouteQueue('GET /', 0, Infinity)
  t.same(await ask(admission, () => [new Asking(briefQueue()), new Asking(queue)]), [false])
  while (queue.maxPrefetched === 0) queue.recordRun(1)
  t.same(await ask(admission, () => [new Asking(queue), new Asking(queue), new Asking(queue)]), [true, false])
  while (queue.maxPrefetched > 0) queue.recordRun(3)
  t.same(await ask(admission, () => [new Asking(briefQueue()), new Asking(queue)]), [false])
})

t.test('what takes turns with the loop neither follows nor is followed', async (t) => {
  const queue = briefQueue()
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await ask(admission, () => [new Asking(queue), new Asking(queue, false), new Asking(queue)]), [false, false])
  t.same(await ask(admission, () => [new Asking(queue, false), new Asking(queue)]), [false])
})

t.test('what runs for long is not followed', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await ask(admission, () => [new Asking(new RouteQueue('GET /', 0, Infinity)), new Asking(briefQueue())]), [false])
})

t.test('none goes ahead where one of a higher priority has waited, but that one', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  const low = briefQueue()
  const high = briefQueue(1)
  t.same(await ask(admission, () => [new Asking(low), new Asking(low)]), [true])
  t.same(await ask(admission, () => [new Asking(high), new Asking(high)]), [true])
  t.same(await ask(admission, () => [new Asking(low), new Asking(low)]), [false])
  t.same(await ask(admission, () => [new Asking(high), new Asking(high)]), [true])
})

t.test('as many as the route may have at once, ahead or not', async (t) => {
  const queue = new RouteQueue('GET /', 0, 2)
  while (queue.maxPrefetched < 7) queue.recordRun(0.1)
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await ask(admission, () => Array.from({ length: 4 }, () => new Asking(queue))), [true, false, false])
})
