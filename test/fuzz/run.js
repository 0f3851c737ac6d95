// npm run fuzz -- --runs 10000 --seed 7
import { parseArgs } from 'node:util'
import { fuzzFromHandlers } from './from-handlers.js'
import { fuzzFromOutside } from './from-outside.js'

const campaigns = { outside: fuzzFromOutside, handlers: fuzzFromHandlers }

const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string' }, only: { type: 'string' } } })
const runs = Number(values.runs)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed) || (values.only !== undefined && !(values.only in campaigns))) {
  console.error(`usage: npm run fuzz -- [--runs N] [--seed N] [--only ${Object.keys(campaigns).join('|')}]`)
  process.exit(2)
}

for (const [name, fuzz] of Object.entries(campaigns)) {
  if (values.only !== undefined && values.only !== name) continue
  console.log(`${name}: ${runs} runs, seed ${seed}`)
  const { counts, failure } = await fuzz({ runs, seed })
  for (const [what, count] of Object.entries(counts).sort()) console.log(String(count).padStart(8), what)
  if (failure === undefined) continue
  console.error(failure)
  process.exitCode = 1
}
