import t from 'tap'
import { type Candidate, Lane } from '../../dist/queue/route-queue.js'

function candidateOf (lane: Lane, arrivedAt: number): Candidate {
  return { lane, previous: undefined, next: undefined, waiting: false, arrivedAt, isOnePass: true, enter () {}, refuse () {} }
}

function contents (lane: Lane): Candidate[] {
  const found: Candidate[] = []
  for (let candidate = lane.head; candidate !== undefined; candidate = candidate.next) found.push(candidate)
  return found
}

function * permutations<Value> (values: Value[]): Generator<Value[]> {
  if (values.length === 0) yield []
  for (const [index, value] of values.entries()) {
    for (const rest of permutations(values.toSpliced(index, 1))) yield [value, ...rest]
  }
}

t.test('those who wait in a lane may leave in any order, and others come after', async (t) => {
  let orders = 0
  for (const order of permutations([0, 1, 2, 3, 4])) {
    orders++
    const lane = new Lane('GET /', 0, 1)
    const candidates = order.map((_, index) => candidateOf(lane, index))
    for (const candidate of candidates) lane.push(candidate)
    const left = new Set(candidates)
    for (const index of order) {
      const candidate = candidates[index]!
      lane.remove(candidate)
      left.delete(candidate)
      if (candidate.waiting || candidate.previous !== undefined || candidate.next !== undefined) t.fail(`${order}: ${index} still has its place`)
      const found = contents(lane)
      if (found.length !== left.size || found.some((one, position) => one !== [...left][position])) t.fail(`${order}: wrong order without ${index}`)
    }
    const late = candidateOf(lane, 5)
    lane.push(late)
    if (lane.head !== late || late.previous !== undefined) t.fail(`${order}: the next one finds an odd lane`)
  }
  t.equal(orders, 120)
})

t.test('those that come back to a lane, in any order, have the place of their arrival', async (t) => {
  let times = 0
  for (const order of permutations([0, 1, 2])) {
    for (const waiting of [[], [3], [3, 4]]) {
      times++
      const lane = new Lane('GET /', 0, 1)
      const candidates = [0, 1, 2, 3, 4].map((arrivedAt) => candidateOf(lane, arrivedAt))
      for (const index of waiting) lane.push(candidates[index]!)
      for (const index of order) lane.putBack(candidates[index]!)
      const expected = candidates.filter((_, index) => index < 3 || waiting.includes(index))
      const found = contents(lane)
      if (found.length !== expected.length || found.some((one, position) => one !== expected[position] || !one.waiting)) t.fail(`${order} before ${waiting}`)
      for (const candidate of expected.toReversed()) lane.remove(candidate)
      if (lane.head !== undefined) t.fail(`${order} before ${waiting}: not empty`)
      lane.push(candidates[0]!)
      if (contents(lane).length !== 1) t.fail(`${order} before ${waiting}: the next one finds an odd lane`)
    }
  }
  t.equal(times, 18)
})
