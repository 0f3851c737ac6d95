import t from 'tap'
import { lacksBroker } from '../hosts/broker.js'
import { runRounds } from './hosts/rounds.js'

const seconds = 24
const longest = 1_800_000
t.setTimeout(longest)
const seed = Number(process.env.SEED ?? 1)

t.test(`two servers, three worker hosts and a broker heal, and each request has one answer, SEED=${seed}`, { skip: lacksBroker, timeout: longest }, async (t) => {
  // How fast they heal is for `npm run chaos:hosts`, on a machine that does nothing else.
  const { counts, failures } = await runRounds(seed, seconds, { healing: Infinity })
  t.same(failures, [])
  t.ok(counts.begun! > 0, 'requests have begun')
  t.comment(counts)
})
