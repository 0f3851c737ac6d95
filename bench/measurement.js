import { compare } from './compare.js'
import { describe } from './report/about.js'
import { caseAsText, comparisonAsText, headingAsText } from './report/text.js'

/** Takes what is chosen on this version of Node, and prints each outcome as it comes. */
export async function measure ({ comparisons, cases, other, isFull, rounds, seconds }) {
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

  return { about, minutes: Math.round((performance.now() - start) / 60_000), comparisons: ratios, cases: tables }
}
