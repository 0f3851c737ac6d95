import t from 'tap'
import { percentilesOf } from '../../bench/percentiles.js'

t.test('a percentile is a sample that so many are below', async (t) => {
  t.strictSame(percentilesOf(Array.from({ length: 1_000 }, (_, index) => 1_000 - index)), { p50: 501, p90: 901, p99: 991, p999: 1_000 })
})
