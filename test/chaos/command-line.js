import { parseArgs } from 'node:util'

/**
 * Runs storms as the command line says, prints what was counted and what did not hold, and sets the exit code.
 * @param {string} script name of the npm script
 * @param {(seed: number, seconds: number, options: { tell: (what: string) => void }) => Promise<{ counts: Record<string, number>, failures: string[] }>} storms
 */
export async function runFromCommandLine (script, storms) {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } } })
  const minutes = Number(values.minutes)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    console.error(`usage: npm run ${script} -- [--minutes M] [--seed N]`)
    process.exit(2)
  }
  console.log(`seed ${seed}, ${minutes} min`)
  const { counts, failures } = await storms(seed, minutes * 60, { tell: console.error })
  for (const [name, count] of Object.entries(counts).sort()) console.log(String(count).padStart(8), name)
  console.log(`${failures.length} failures`)
  process.exitCode = failures.length === 0 ? 0 : 1
}
