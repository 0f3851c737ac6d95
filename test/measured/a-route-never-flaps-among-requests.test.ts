import fc from 'fast-check'
import t from 'tap'
import { maxReturns } from '../../dist/loop/measured/placement.js'
import { build } from './fixtures/holding.js'
import { Logged } from './logged.js'

const logged = new Logged()
const app = await build({ stream: logged.stream })
t.teardown(() => app.close())
await app.ready()

/** Requests that are sent at once, and whether they hold their thread. */
const batch = fc.record({ count: fc.integer({ min: 1, max: 8 }), holds: fc.boolean(), times: fc.integer({ min: 1, max: 12 }) })

t.test('random sequences of requests move a route a few times at most, and each is answered', async (t) => {
  const sequences = fc.sample(fc.array(batch, { minLength: 10, maxLength: 20 }), { numRuns: 10, seed: 7 })
  for (const [number, sequence] of sequences.entries()) {
    const route = `/random/${number}`
    const statuses = new Set<number>()
    for (const { count, holds, times } of sequence) {
      for (let time = 0; time < times; time++) {
        const answers = await Promise.all(Array.from({ length: count }, () => app.inject(holds ? `${route}?holds` : route)))
        for (const { statusCode } of answers) statuses.add(statusCode)
      }
    }
    t.same([...statuses], [200], route)
    const moves = logged.lines.filter((line) => line.startsWith(`GET ${route} `))
    const sides = moves.map((line) => /runs in a worker/.test(line) ? 'worker' : 'loop')
    t.ok(moves.length >= 1 && moves.length <= 2 * maxReturns + 1, `${moves.length} moves`)
    t.same(sides, sides.map((_side, index) => index % 2 === 0 ? 'worker' : 'loop'))
    t.equal(app.blocking.plan('GET', route).handler, sides.at(-1))
  }
})
