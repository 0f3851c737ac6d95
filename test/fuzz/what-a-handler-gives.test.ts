import t from 'tap'
import { fuzzFromHandlers } from './from-handlers.js'

t.setTimeout(1_800_000)
const seed = Number(process.env.SEED ?? 1)

t.test(`whatever a handler does, loop and worker answer the same, and no thread is lost, SEED=${seed}`, { timeout: 1_800_000 }, async (t) => {
  const { counts, failure } = await fuzzFromHandlers({ runs: 250, seed })
  t.equal(failure, undefined)
  t.comment(counts)
  for (const what of ['answers 200', 'answers 500', 'connections answered to the end']) t.ok(counts[what], `there were ${what}`)
})
