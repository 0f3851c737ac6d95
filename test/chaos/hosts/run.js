// npm run chaos:hosts -- --minutes 30 --seed 1
import { parseArgs } from 'node:util'
import { stormOver } from './weather.js'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' }, quiet: { type: 'boolean', default: false } }
})
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run chaos:hosts -- [--minutes M] [--seed N] [--quiet]')
  process.exit(2)
}

console.log(`seed ${seed}, ${minutes} min`)
const { counts, failures } = await stormOver(seed, minutes * 60, { tell: values.quiet ? () => {} : console.error })
for (const [name, count] of Object.entries(counts).sort()) console.log(String(count).padStart(8), name)
for (const failure of failures) console.log(failure)
console.log(`${failures.length} failures`)
process.exitCode = failures.length === 0 ? 0 : 1
