import { readFileSync } from 'node:fs'
import t from 'tap'
import { cases } from '../../bench/cases.js'
import { comparisons } from '../../bench/comparisons.js'

const bounded: { name: string, atLeast?: number, atMost?: number }[] = comparisons
const lines = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8').split('\n')

t.test('each comparison and each table has a row in docs/benchmarks.md', async (t) => {
  for (const { name } of [...comparisons, ...cases]) t.equal(lines.filter((line) => line.startsWith(`| \`${name}\` |`)).length, 1, name)
})

t.test('a row tells the bound of its comparison', async (t) => {
  for (const { name, atLeast, atMost } of bounded) {
    const bound = lines.find((line) => line.startsWith(`| \`${name}\` |`))?.split('|').at(-2)?.trim()
    if (atLeast === undefined && atMost === undefined) t.equal(bound, 'none', name)
    else if (name === 'threads') t.match(bound, 'at least 0.95 times the threads', name)
    else t.match(bound, atLeast === undefined ? `at most ${atMost}` : `at least ${Number(atLeast.toFixed(3))}`, name)
  }
})
