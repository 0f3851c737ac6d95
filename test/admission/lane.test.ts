import t from 'tap'
import { type Candidate, Lane } from '../../dist/pool/lane.js'

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

t.test('one that comes back to a lane is the first in it', async (t) => {
  const lane = new Lane('GET /', 0, 1)
  const [first, second, third] = [0, 1, 2].map((arrivedAt) => candidateOf(lane, arrivedAt)) as [Candidate, Candidate, Candidate]
  lane.unshift(second)
  lane.push(third)
  lane.unshift(first)
  t.equal(contents(lane).length, 3)
  t.ok(contents(lane).every((candidate, index) => candidate.arrivedAt === index && candidate.waiting))
  lane.remove(second)
  lane.remove(third)
  lane.remove(first)
  t.equal(lane.head, undefined)
})
