import { parseArgs } from 'node:util'
import { comparisons } from './comparisons.js'
import { compare } from './compare.js'
import { printHeading, printTable } from './print.js'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '3' }
  }
})
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
const seconds = Number(values.seconds)
const named = comparisons.filter(({ name }) => values.only === undefined || name === values.only)
const chosen = named.filter(({ isThere = true }) => isThere)
for (const { name, rival } of named) if (!chosen.some((other) => other.name === name)) console.log(`${name} is left out: ${rival} is not installed`)

if (chosen.length === 0 || !(rounds === undefined || rounds >= 1) || !(seconds >= 1)) {
  console.error(`usage: npm run bench -- [--only ${comparisons.map(({ name }) => name).join('|')}] [--rounds N] [--seconds S]`)
  process.exit(2)
}

printHeading()

const outcomes = []
for (const comparison of chosen) outcomes.push(await compare(comparison, { rounds, seconds }))

printTable(outcomes)
process.exitCode = outcomes.every(({ met }) => met) ? 0 : 1
