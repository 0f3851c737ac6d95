import t from 'tap'
import { VisitCosts } from '../../dist/insight/visit-advice.js'

function adviseAfter (count: number, timesOf: (visit: number) => { ran: number, active: number, way: number | undefined }): string | undefined {
  const costs = new VisitCosts('GET /thumbnail', 20)
  for (let visit = 0; visit < count; visit++) costs.add(timesOf(visit))
  return costs.read()?.text
}

t.test('a route whose runs are shorter than the way is to be unmarked, from a hundred visits on', async (t) => {
  t.equal(adviseAfter(99, () => ({ ran: 0.06, active: 0.05, way: 0.11 })), undefined)
  t.equal(
    adviseAfter(100, () => ({ ran: 0.06, active: 0.05, way: 0.11 })),
    'GET /thumbnail runs for 0.050 ms in its thread, and takes 0.11 ms on the way there and back (p50 of 100 requests); mark it blocking: false'
  )
})

t.test('one whose runs are longer is not', async (t) => {
  t.equal(adviseAfter(500, () => ({ ran: 0.12, active: 0.12, way: 0.11 })), undefined)
})

t.test('one that would hold the loop in some of a hundred requests is not, however short the others are', async (t) => {
  t.equal(adviseAfter(500, (visit) => ({ ran: 0.05, active: visit % 50 === 0 ? 20 : 0.05, way: 0.11 })), undefined)
})

t.test('one that waits while it has a thread is', async (t) => {
  t.equal(
    adviseAfter(200, () => ({ ran: 100, active: 4, way: 0.2 })),
    'GET /thumbnail waits for 96 ms of the 100 ms that it has a thread (p50 of 200 requests); mark it blocking: false'
  )
  t.equal(adviseAfter(200, () => ({ ran: 100, active: 12, way: 0.2 })), undefined, 'but not one that computes for a part of it')
})

t.test('visits that were prefetched tell nothing of the way', async (t) => {
  t.equal(adviseAfter(500, () => ({ ran: 0.05, active: 0.05, way: undefined })), undefined)
})

t.test('the last two hundred visits count', async (t) => {
  t.type(adviseAfter(1_000, (visit) => visit < 800 ? { ran: 50, active: 50, way: 0.1 } : { ran: 0.05, active: 0.05, way: 0.11 }), 'string')
})
