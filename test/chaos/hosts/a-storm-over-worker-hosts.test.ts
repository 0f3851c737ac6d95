import t from 'tap'
import { lacksBroker } from '../../hosts/broker.js'
import { stormOver } from './weather.js'

const seed = Number(process.env.SEED ?? 3)
t.setTimeout(600_000)

t.test(`what worker hosts begin is begun once and in time, and all heals, SEED=${seed}`, { skip: lacksBroker }, async (t) => {
  const told: string[] = []
  const { counts, failures } = await stormOver(seed, 1, { tell: (what) => { told.push(what) } })
  t.same(failures, [])
  for (const what of ['/brief 200', 'begun', 'rounds']) t.ok(counts[what]! > 0, `there were some: ${what}`)
  t.comment(failures.length === 0 ? counts : told)
})
