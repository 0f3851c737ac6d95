import t from 'tap'
import { Admission } from '../../dist/queue/admission.js'
import type { Slot } from '../../dist/executor.js'
import { type Candidate, Lane } from '../../dist/queue/route-queue.js'
import { startThreads } from './threads.js'

class Asking implements Candidate {
  previous: Candidate | undefined
  next: Candidate | undefined
  waiting = false
  arrivedAt = performance.now()
  slot: Slot | undefined

  constructor (readonly lane: Lane, readonly isOnePass = true) {}

  enter (slot: Slot): void {
    this.slot = slot
  }

  refuse (error: Error): void {
    throw error
  }
}

function briefLane (priority = 0): Lane {
  const lane = new Lane('GET /', priority, Infinity)
  while (lane.ahead < 7) lane.ran(0.1)
  return lane
}

const threads = await startThreads(t)

/** Each asks; gives which of them have been sent ahead. The thread is free again then. */
function ask (admission: Admission, candidates: Asking[]): boolean[] {
  for (;;) {
    const start = performance.now()
    for (const candidate of candidates) admission.request(candidate)
    const [first] = candidates
    const ahead = candidates.slice(1).map(({ slot }) => slot?.isAhead === true)
    for (const candidate of candidates) {
      if (candidate.waiting) admission.withdraw(candidate)
      else {
        candidate.slot!.cede()
        admission.forgo(candidate.lane)
      }
      candidate.slot = undefined
    }
    // Else the machine has stood still, and what runs may run for longer.
    if (first !== undefined && performance.now() - start < 3) return ahead
  }
}

t.test('seven of a brief route are sent after one that runs, and the rest wait', async (t) => {
  const lane = briefLane()
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(ask(admission, Array.from({ length: 10 }, () => new Asking(lane))), [true, true, true, true, true, true, true, false, false])
})

t.test('the longer they take the fewer are sent, and none of a route that is not known', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  const lane = new Lane('GET /', 0, Infinity)
  t.same(ask(admission, [new Asking(briefLane()), new Asking(lane)]), [false])
  while (lane.ahead === 0) lane.ran(1)
  t.same(ask(admission, [new Asking(lane), new Asking(lane), new Asking(lane)]), [true, false])
  while (lane.ahead > 0) lane.ran(3)
  t.same(ask(admission, [new Asking(briefLane()), new Asking(lane)]), [false])
})

t.test('what takes turns with the loop neither follows nor is followed', async (t) => {
  const lane = briefLane()
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(ask(admission, [new Asking(lane), new Asking(lane, false), new Asking(lane)]), [false, false])
  t.same(ask(admission, [new Asking(lane, false), new Asking(lane)]), [false])
})

t.test('what runs for long is not followed', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(ask(admission, [new Asking(new Lane('GET /', 0, Infinity)), new Asking(briefLane())]), [false])
})

t.test('none goes ahead where one of a higher priority has waited, but that one', async (t) => {
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  const low = briefLane()
  const high = briefLane(1)
  t.same(ask(admission, [new Asking(low), new Asking(low)]), [true])
  t.same(ask(admission, [new Asking(high), new Asking(high)]), [true])
  t.same(ask(admission, [new Asking(low), new Asking(low)]), [false])
  t.same(ask(admission, [new Asking(high), new Asking(high)]), [true])
})

t.test('as many as the route may have at once, ahead or not', async (t) => {
  const lane = new Lane('GET /', 0, 2)
  while (lane.ahead < 7) lane.ran(0.1)
  const admission = new Admission(threads, { max: 100, timeout: 60_000 })
  t.same(ask(admission, Array.from({ length: 4 }, () => new Asking(lane))), [true, false, false])
})
