import t from 'tap'
import { fuzzFromOutside } from './from-outside.js'

t.setTimeout(1_800_000)
const seed = Number(process.env.SEED ?? 1)

t.test(`whatever is sent, loop and worker answer the same, SEED=${seed}`, { timeout: 1_800_000 }, async (t) => {
  const { counts, failure } = await fuzzFromOutside({ runs: 200, seed })
  t.equal(failure, undefined)
  t.comment(counts)
  for (const what of ['answers 200', 'answers 400', 'connections answered to the end', 'visits to workers']) t.ok(counts[what], `there were ${what}`)
})
