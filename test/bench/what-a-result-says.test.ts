import t from 'tap'
import { compare } from '../../bench/compare.js'
import { outcomeOf } from '../../bench/outcome.js'
import { percentilesOf } from '../../bench/percentiles.js'
import { reportAsMarkdown } from '../../bench/report/markdown.js'
import { caseAsText, comparisonAsText } from '../../bench/report/text.js'
import { tabulate } from '../../bench/tables.js'

const taken = { means: 'by turns', ours: { figure: 98 }, rival: { figure: 100 }, ratio: 0.98, spread: [0.97, 0.99] }

async function outcome (name: string, bounds: { atLeast?: number, atMost?: number, boundUntil?: number }) {
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
  const page = reportAsMarkdown({ about, minutes: 40, comparisons, cases: [], plots: [] }, [])
  t.match(page, 'Missed: `low`, `high`.')
  t.match(page, '| `low` | a against b | 98 | 100 | requests/s | 0.980 | 0.970–0.990 | at least 0.99: MISSED |  |  |')
  t.match(page, '| `kept` | a against b | 98 | 100 | requests/s | 0.980 | 0.970–0.990 | at least 0.98: met |  |  |')
  t.notMatch(page, 'by version')
})

t.test('several runs are a table by version of Node, which tells what was left out on one', async (t) => {
  const about = { processor: '2 × x', memory: '8 GiB', system: 'Linux 6', load: '0.1', date: '2026-01-01', versions: [], maxThreads: 2, rounds: undefined, seconds: 3 }
  const [low, free] = [await outcome('low', { atLeast: 0.99 }), await outcome('free', {})]
  const runs = [{ about: { node: { version: '22.1.0' } }, comparisons: [low] }, { about: { node: { version: '24.2.0' } }, comparisons: [low, free] }]
  const page = reportAsMarkdown({ about, minutes: 40, comparisons: [low, free], cases: [], plots: [] }, runs)
  t.match(page, [
    '|  | Node 22.1.0 | Node 24.2.0 |',
    '| --- | ---: | ---: |',
    '| `low` | 0.980 (0.970–0.990), at least 0.99: MISSED | 0.980 (0.970–0.990), at least 0.99: MISSED |',
    '| `free` | – | 0.980 (0.970–0.990), no bound |'
  ].join('\n'))
})

t.test('a bound counts up to a version of Node', async (t) => {
  const current = Number.parseInt(process.versions.node, 10)
  t.notOk((await outcome('low', { atLeast: 0.99, boundUntil: current })).met)
  const free = await outcome('low', { atLeast: 0.99, boundUntil: current - 1 })
  t.ok(free.met)
  t.match(comparisonAsText(free), '0.980, no bound')
})

const figure = { of: ({ rate }: { rate: number }) => rate, best: Math.max, unit: 'requests/s', digits: 0 }

t.test('of several rivals the one that is better in the median counts, in each round', async (t) => {
  const turn = (...rates: number[]) => rates.map((rate) => ({ rate }))
  // The first rival has the better round, the second the better median.
  const rounds = [[turn(10, 40, 20)], [turn(10, 5, 20)], [turn(10, 5, 40)]]
  const { ratio, spread, rival, others } = outcomeOf({ figure, rival: ['a', 'b'] }, rounds)
  t.strictSame([ratio, spread, rival.figure], [0.5, [0.25, 0.5], 20])
  t.equal(others, '; the better rival is b, a had 5 requests/s')

  const least = { ...figure, best: Math.min }
  t.equal(outcomeOf({ figure: least, rival: ['a', 'b'] }, rounds).ratio, 2)
})

t.test('the processor time of a request stands beside the ratio, where it is known', async (t) => {
  const known = { rate: 1, ran: 0.02, others: 0.015, utilization: 0.5 }
  const { ours, rival } = outcomeOf({ figure, rival: 'a' }, [[[known, { rate: 1, ran: NaN, others: NaN, utilization: NaN }]]])
  t.strictSame(ours.processor, { loop: 20, others: 15 })
  t.equal(rival.processor, undefined)
  const text = comparisonAsText(await compare({ name: 'known', title: 'a against b', figure, take: async () => ({ ...taken, ours, rival }) }, {}))
  t.match(text, 'ours          1 requests/s, loop busy 50 %, loop + other threads 20.0 + 15.0 µs of a processor per request\n')
  t.match(text, 'rival         1 requests/s\n')
})

t.test('a table shows the median of the samples and their range', async (t) => {
  const samples = [[[3, 1, 2], [10, 20]], [[12_345], [0.5, 0.25, 0.125]]]
  const table = tabulate('ms', [{ label: 'p50' }, { label: 'p99' }], [{ label: 'ours' }, { label: 'loop' }], (row: number, column: number) => samples[row]![column]!)
  t.match(caseAsText({ name: 'pings', title: 'while busy', means: 'by hand', tables: [table] }), [
    'pings: while busy',
    '  by hand',
    '  ms                        p50                   p99',
    '  ours         2.00 (1.00–3.00)      15.0 (10.0–20.0)',
    '  loop   12,345 (12,345–12,345)   0.250 (0.125–0.500)',
    ''
  ].join('\n'))
})

t.test('a cell whose samples are not known has a dash', async (t) => {
  const table = tabulate('µs', [{ label: 'no-op' }], [{ label: 'FastAPI' }], () => [NaN, NaN])
  t.match(caseAsText({ name: 'pools', title: 'a', means: 'by hand', tables: [table] }), 'FastAPI       –')
})

t.test('a percentile is a sample that so many are below', async (t) => {
  t.strictSame(percentilesOf(Array.from({ length: 1_000 }, (_, index) => 1_000 - index)), { p50: 501, p90: 901, p99: 991, p999: 1_000 })
})
