import t from 'tap'
import { weather } from './weather.js'

t.setTimeout(600_000)
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

t.test(`every request gets its own answer, and nothing is left behind, SEED=${seed}`, { timeout: 600_000 }, async (t) => {
  const { counts, failures } = await weather(seed, 60)
  t.same(failures, [])
  t.comment(counts)
  for (const what of ['/echo 200', '/ping 200', '/spin 503', '/exit 500', 'hangs up on a stream', 'pipelined 200']) {
    t.ok(counts[what] ?? 0, `there was ${what}`)
  }
})
