import { parseArgs } from 'node:util'
import { cases } from './cases.js'
import { compare } from './compare.js'
import { comparisons } from './comparisons.js'
import { describe } from './report/about.js'
import { writeResults } from './report/results.js'
import { caseAsText, comparisonAsText, headingAsText } from './report/text.js'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '3' }
  }
})
const { only } = values
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
const seconds = Number(values.seconds)
const isNamed = ({ name }) => only === undefined || name === only
const chosenComparisons = comparisons.filter(isNamed)
const chosenCases = cases.filter(isNamed)

if (chosenComparisons.length + chosenCases.length === 0 || !(rounds === undefined || rounds >= 1) || !(seconds >= 1)) {
  const names = [...comparisons, ...cases].map(({ name }) => name)
  console.error(`usage: npm run bench -- [--only ${names.join('|')}] [--rounds N] [--seconds S]`)
  process.exit(2)
}

const start = performance.now()
const about = describe({ rounds, seconds, all: only === undefined })
console.log(headingAsText(about))

const ratios = []
for (const comparison of chosenComparisons) {
  if (comparison.isThere?.() === false) {
    console.log(`${comparison.name} is left out: ${comparison.rival} is not installed\n`)
    continue
  }
  const outcome = await compare(comparison, { rounds, seconds })
  ratios.push(outcome)
  console.log(comparisonAsText(outcome))
}

const tables = []
for (const chosen of chosenCases) {
  const outcome = { ...chosen, ...await chosen.take(chosen, { rounds, seconds }) }
  tables.push(outcome)
  console.log(caseAsText(outcome))
}

const minutes = Math.round((performance.now() - start) / 60_000)
if (only === undefined) await writeResults({ about, minutes, comparisons: ratios, cases: tables })
process.exitCode = ratios.every(({ met }) => met) ? 0 : 1
