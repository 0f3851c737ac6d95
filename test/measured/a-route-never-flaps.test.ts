import fc from 'fast-check'
import t from 'tap'
import { holdsToMove, maxReturns, type Move, Placement, windowSize } from '../../dist/loop/measured/placement.js'

const threshold = 20

/** A placement and a clock: what happens to a route, one request after the other. */
class Route {
  readonly moves: Move[] = []
  readonly placement = new Placement(threshold)
  #now = 0

  /** A request whose handler holds its thread for so many ms, wherever it runs. */
  request (held: number, way = 1, after = 0): Move | undefined {
    const request = {}
    return this.#note(this.placement.side === 'loop'
      ? this.#onLoop(request, held, after)
      : this.placement.ranInWorker({ ran: held, active: held, way }))
  }

  #onLoop (request: object, held: number, after: number): Move | undefined {
    const from = this.#now
    const move = this.placement.ranOnLoop(request, from, this.#now += held)
    const later = this.placement.heldLoop(request, this.#now += 1, after)
    this.#now += after
    return move ?? later
  }

  hold (duration: number, request: object = {}, from = this.#now): Move | undefined {
    this.#now = Math.max(this.#now, from + duration)
    return this.#note(this.placement.heldLoop(request, from, duration))
  }

  refuse (): Move | undefined {
    return this.#note(this.placement.refuse('something does not cross'))
  }

  requests (count: number, held: number, way?: number): void {
    for (let number = 0; number < count; number++) this.request(held, way)
  }

  #note (move: Move | undefined): Move | undefined {
    if (move !== undefined) this.moves.push(move)
    return move
  }
}

t.test('a route that holds the loop in three requests moves, and the first request of all does not count', async (t) => {
  const route = new Route()
  route.requests(3, 30)
  t.same(route.moves, [])
  t.same(route.request(34), { to: 'worker', longest: 34, holds: 3, of: 3, isFinal: false })
})

t.test('holds that are further apart than twenty requests do not move it', async (t) => {
  const route = new Route()
  for (let turn = 0; turn < 50; turn++) {
    route.requests(1, 30)
    route.requests(windowSize / 2 - 1, 1)
  }
  t.same(route.moves, [])
})

t.test('nor do holds that are shorter than the threshold', async (t) => {
  const route = new Route()
  route.requests(1_000, threshold - 1)
  t.same(route.moves, [])
})

t.test('a hold after an await counts as one of the handler', async (t) => {
  const route = new Route()
  for (let number = 0; number < 3; number++) route.request(1, 1, 30)
  t.same(route.moves, [])
  t.match(route.request(1, 1, 31), { to: 'worker', longest: 31, holds: 3, of: 3 })
})

t.test('several holds of one request count once', async (t) => {
  const route = new Route()
  route.requests(windowSize, 1)
  const request = {}
  for (let number = 0; number < 10; number++) route.hold(30, request)
  t.same(route.moves, [])
})

t.test('of requests that wait at the same time each counts by its hold', async (t) => {
  const route = new Route()
  route.requests(windowSize, 1)
  for (let number = 1; number < holdsToMove; number++) route.hold(30, {})
  t.same(route.moves, [])
  t.match(route.hold(30, {}), { to: 'worker' })
})

t.test('a hold that was measured already is not counted again', async (t) => {
  const route = new Route()
  route.requests(2, 1)
  route.placement.ranOnLoop({}, 1_000, 1_030)
  route.placement.ranOnLoop({}, 1_031, 1_032)
  t.equal(route.hold(40, {}, 990), undefined)
  t.equal(route.hold(30, {}, 1_001), undefined)
  t.equal(route.hold(30, {}, 1_031), undefined)
  t.match(route.hold(30, {}, 1_062), { to: 'worker' }, 'while later ones are')
})

t.test('a route whose runs are shorter than the way comes back after twenty of them', async (t) => {
  const route = new Route()
  route.requests(4, 30)
  route.requests(windowSize - 1, 0.25, 0.5)
  t.equal(route.placement.side, 'worker')
  t.same(route.request(0.25, 0.5), { to: 'loop', run: 0.25, way: 0.5 })
})

t.test('a route whose runs are longer than the way stays in workers', async (t) => {
  const route = new Route()
  route.requests(4, 30)
  route.requests(1_000, 0.5, 0.5)
  t.equal(route.placement.side, 'worker')
})

t.test('a way that was not measured is none', async (t) => {
  const route = new Route()
  route.requests(4, 30)
  for (let number = 0; number < 1_000; number++) route.placement.ranInWorker({ ran: 0, active: 0, way: undefined })
  t.equal(route.placement.side, 'worker')
})

t.test('a run that would hold the loop for too long keeps the route in workers, however long the way is', async (t) => {
  const route = new Route()
  route.requests(4, 30)
  for (let turn = 0; turn < 50; turn++) {
    route.requests(windowSize - 1, 1, 100)
    route.request(30, 100)
  }
  t.equal(route.moves.length, 1)
})

t.test('after two returns it stays in workers, and says so', async (t) => {
  const route = new Route()
  for (let turn = 0; turn < 100; turn++) {
    route.requests(windowSize, 30)
    route.requests(windowSize * 2, 0.25, 0.5)
  }
  t.same(route.moves.map(({ to }) => to), ['worker', 'loop', 'worker', 'loop', 'worker'])
  t.same(route.moves.map((move) => 'isFinal' in move && move.isFinal), [false, false, false, false, true])
})

t.test('what cannot run in a worker is on the loop for good, wherever it was', async (t) => {
  for (const before of [0, 4, 200]) {
    const route = new Route()
    route.requests(before, 30)
    t.same(route.refuse(), { to: 'loop', reason: 'something does not cross' })
    t.equal(route.refuse(), undefined)
    route.requests(1_000, 30)
    for (let number = 0; number < 100; number++) route.hold(30, {})
    t.equal(route.placement.side, 'loop')
    t.match(route.moves.at(-1), { reason: 'something does not cross' })
  }
})

/** What happens to a route next. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ what: fc.constant('requests' as const), count: fc.integer({ min: 1, max: 60 }), held: fc.constantFrom(0, 0.1, 0.4, 19, 20, 21, 500), way: fc.constantFrom(undefined, 0.2, 0.5, 30) }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('hold' as const), duration: fc.constantFrom(1, 19, 20, 300) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('refuse' as const) }) }
)

t.test('a thousand random sequences of requests move a route a few times, and at last it stays', async (t) => {
  let most = 0
  fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
    const route = new Route()
    let isRefused = false
    for (const one of steps) {
      const count = route.moves.length
      if (one.what === 'requests') route.requests(one.count, one.held, one.way)
      else if (one.what === 'hold') route.hold(one.duration)
      else route.refuse()
      const moved = route.moves.slice(count)
      if (isRefused && moved.length > 0) return false
      isRefused ||= moved.some((move) => 'reason' in move)
    }
    const { moves } = route
    most = Math.max(most, moves.length)
    // Each move goes to the other side, but for the last one, which may say that the route stays on the loop.
    const alternates = moves.every((move, index) => 'reason' in move || move.to === (index % 2 === 0 ? 'worker' : 'loop'))
    const returns = moves.filter((move) => 'run' in move).length
    const finals = moves.filter((move) => 'isFinal' in move && move.isFinal).length
    return alternates && returns <= maxReturns && finals <= 1 && moves.length <= 2 * maxReturns + 2
  }), { numRuns: 1_000, seed: 7 })
  t.equal(most, 2 * maxReturns + 2, 'and some of them as often as any may')
})
