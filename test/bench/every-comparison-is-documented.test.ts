import { readFileSync } from 'node:fs'
import t from 'tap'
import { cases } from '../../bench/cases.js'
import { comparisons } from '../../bench/comparisons.js'

interface Bounded { name: string, atLeast?: number | undefined, atMost?: number | undefined }

const bounded: Bounded[] = comparisons
const lines = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8').split('\n')

t.test('each comparison and each table has a row in docs/benchmarks.md', async (t) => {
  for (const { name } of [...comparisons, ...cases]) t.equal(lines.filter((line) => line.startsWith(`| \`${name}\` |`)).length, 1, name)
})

t.test('a row tells the bound of its comparison, and what else it says begins with a comma or \'up to\'', async (t) => {
  for (const { name, atLeast, atMost } of bounded) {
    const stated = lines.find((line) => line.startsWith(`| \`${name}\` |`))?.split('|').at(-2)?.trim().replace(/(,| up to).*/, '')
    t.equal(stated, describeBound({ name, atLeast, atMost }), name)
  }
})

function describeBound ({ name, atLeast, atMost }: Bounded) {
  if (name === 'threads') return 'at least 0.95 times the threads'
  if (atLeast !== undefined) return `at least ${Number(atLeast.toFixed(3))}`
  return atMost === undefined ? 'none' : `at most ${atMost}`
}
