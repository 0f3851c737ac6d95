import t from 'tap'
import { compare } from '../../bench/compare.js'
import { reportAsMarkdown } from '../../bench/report/markdown.js'
import { comparisonAsText } from '../../bench/report/text.js'

const taken = { means: 'by turns', ours: { figure: 98 }, rival: { figure: 100 }, ratio: 0.98, spread: [0.97, 0.99] }

async function outcome (name: string, bounds: { atLeast?: number, atMost?: number }) {
  return compare({ name, title: 'a against b', figure: { unit: 'requests/s', digits: 0 }, take: async () => taken, ...bounds }, {})
}

t.test('a ratio that does not keep its bound is called MISSED, on the terminal and in results.md', async (t) => {
  const comparisons = [await outcome('low', { atLeast: 0.99 }), await outcome('high', { atMost: 0.9 }), await outcome('kept', { atLeast: 0.98 }), await outcome('free', {})]

  const [low, high, kept, free] = comparisons.map(comparisonAsText)
  t.match(low, '0.980, at least 0.99: MISSED (0.970–0.990)')
  t.match(high, '0.980, at most 0.9: MISSED')
  t.match(kept, '0.980, at least 0.98: met')
  t.match(free, '0.980, no bound')

  const about = { processor: '2 × x', memory: '8 GiB', system: 'Linux 6', load: '0.1', date: '2026-01-01', versions: ['Node 20.19.0'], maxThreads: 2, rounds: undefined, seconds: 3 }
  const page = reportAsMarkdown({ about, minutes: 40, comparisons, cases: [], plots: [] })
  t.match(page, 'Missed: `low`, `high`.')
  t.match(page, '| `low` | a against b | 98 | 100 | requests/s | 0.980 | 0.970–0.990 | at least 0.99: MISSED |')
  t.match(page, '| `kept` | a against b | 98 | 100 | requests/s | 0.980 | 0.970–0.990 | at least 0.98: met |')
})
