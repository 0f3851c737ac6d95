import { readCommandLine } from './command-line.js'
import { compare } from './compare.js'
import { describe } from './report/about.js'
import { writeResults } from './report/results.js'
import { caseAsText, comparisonAsText, headingAsText } from './report/text.js'

const { comparisons, cases, other, isFull, rounds, seconds } = readOrExit()

const start = performance.now()
const about = describe({ rounds, seconds, all: isFull, other })
console.log(headingAsText(about))

const ratios = []
for (const comparison of comparisons) {
  if (comparison.isThere?.() === false) {
    console.log(`${comparison.name} is left out: a program that it needs is not installed\n`)
    continue
  }
  const outcome = await compare(comparison, { rounds, seconds })
  ratios.push(outcome)
  console.log(comparisonAsText(outcome))
}

const tables = []
for (const chosen of cases) {
  const outcome = { ...chosen, ...await chosen.take(chosen, { rounds, seconds }) }
  tables.push(outcome)
  console.log(caseAsText(outcome))
}

const minutes = Math.round((performance.now() - start) / 60_000)
if (isFull) await writeResults({ about, minutes, comparisons: ratios, cases: tables })
process.exitCode = ratios.every(({ met }) => met) ? 0 : 1

function readOrExit () {
  try {
    return readCommandLine(process.argv.slice(2))
  } catch (error) {
    console.error(error.message)
    process.exit(2)
  }
}
