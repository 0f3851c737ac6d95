import t from 'tap'
import { weather } from './weather.js'

/** Counted in a few seconds, unless the machine is slow. */
const awaited = [
  '/echo 200', '/ping 200', '/spin 503', '/exit 500', 'hangs up on a stream', 'pipelined 200',
  '/booked/ok 200', '/booked/throws 422', '/booked/late 503', '/booked/spin 503', '/booked/hash 200', '/booked/hashes 503', '/booked-on-loop/ok 200', '/booked-on-loop/waits 503'
]
const longest = 1_800_000
t.setTimeout(longest)
const seed = Number(process.env.SEED ?? 1)

t.test(`every request gets its own answer, and nothing is left behind, SEED=${seed}`, { timeout: longest }, async (t) => {
  const { counts, failures } = await weather(seed, 60, { awaited })
  t.same(failures, [])
  t.comment(counts)
})
