import t from 'tap'
import { Admission } from '../../dist/queue/admission.js'
import { type QueuedTask, RouteQueue } from '../../dist/queue/route-queue.js'
import { retry } from '../support/retry.js'
import { until } from '../support/until.js'
import { createCells, RecordedTask, type Session, startThreads } from './threads.js'

/** A task of which nothing but its place is of interest: its session is withdrawn, or ends at once. */
class QueuedRecordedTask extends RecordedTask implements QueuedTask {
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

function briefQueue (priority = 0, concurrency = Infinity): RouteQueue {
  const queue = new RouteQueue('GET /', priority, concurrency)
  recordRuns(queue, 0.1, () => queue.maxPrefetched === 7)
  return queue
}

/** Tells the queue of runs that took so many ms, until it has learnt that. */
function recordRuns (queue: RouteQueue, time: number, hasLearnt: () => boolean): void {
  for (let runs = 0; runs < 1_000; runs++) {
    if (hasLearnt()) return
    queue.recordRun(time)
  }
  throw new Error(`the queue has not learnt from 1,000 runs of ${time} ms`)
}

const threads = await startThreads(t)

/** All are requested; gives which of them have been prefetched. The thread is free again then. */
async function requestAll (admission: Admission, createTasks: () => QueuedRecordedTask[]): Promise<boolean[]> {
  return await retry('all are requested while the first one is there', async () => {
    const tasks = createTasks()
    const start = performance.now()
    for (const task of tasks) admission.enqueue(task)
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
    return hasStoodStill ? undefined : prefetched
  })
}

t.test('seven of a brief route are sent after one that runs, and the rest wait', async (t) => {
  const queue = briefQueue()
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await requestAll(admission, () => Array.from({ length: 10 }, () => new QueuedRecordedTask(queue))), [true, true, true, true, true, true, true, false, false])
})

t.test('the longer they take the fewer are sent, and none of a route that is not known', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  const queue = new RouteQueue('GET /', 0, Infinity)
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(briefQueue()), new QueuedRecordedTask(queue)]), [false])
  recordRuns(queue, 1, () => queue.maxPrefetched > 0)
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(queue), new QueuedRecordedTask(queue), new QueuedRecordedTask(queue)]), [true, false])
  recordRuns(queue, 3, () => queue.maxPrefetched === 0)
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(briefQueue()), new QueuedRecordedTask(queue)]), [false])
})

t.test('what takes turns with the loop neither follows nor is followed', async (t) => {
  const queue = briefQueue()
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(queue), new QueuedRecordedTask(queue, false), new QueuedRecordedTask(queue)]), [false, false])
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(queue, false), new QueuedRecordedTask(queue)]), [false])
})

t.test('what runs for long is not followed', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(new RouteQueue('GET /', 0, Infinity)), new QueuedRecordedTask(briefQueue())]), [false])
})

t.test('none is prefetched where one of a higher priority has waited, but that one', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  const low = briefQueue()
  const high = briefQueue(1)
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(low), new QueuedRecordedTask(low)]), [true])
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(high), new QueuedRecordedTask(high)]), [true])
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(low), new QueuedRecordedTask(low)]), [false])
  t.same(await requestAll(admission, () => [new QueuedRecordedTask(high), new QueuedRecordedTask(high)]), [true])
})

t.test('as many as the route may have at once, prefetched or not', async (t) => {
  const queue = briefQueue(0, 2)
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(await requestAll(admission, () => Array.from({ length: 4 }, () => new QueuedRecordedTask(queue))), [true, false, false])
})
