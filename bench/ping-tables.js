import { measurePings } from './pings.js'
import { tabulate } from './tables.js'

const percentiles = [
  { label: 'p50', of: ({ p50 }) => p50 },
  { label: 'p90', of: ({ p90 }) => p90 },
  { label: 'p99', of: ({ p99 }) => p99 },
  { label: 'p99.9', of: ({ p999 }) => p999 }
]

/** Has a route on the loop asked under each of the loads; a table for each, in ms, with a row for each contestant. */
export async function takePingTables ({ loads, ...defaults }, { rounds = defaults.rounds, seconds }) {
  const tables = []
  for (const { title, contestants, ...load } of loads) {
    const samples = contestants.map(() => [])
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < contestants.length; turn++) {
        const contestant = (turn + round) % contestants.length
        samples[contestant].push(await measurePings(contestants[contestant].serves, { ...load, seconds }))
      }
    }
    tables.push(tabulate(`ms, ${title}`, percentiles, contestants, (row, column) => samples[row].map(percentiles[column].of)))
  }
  return {
    means: `raw sockets, ${rounds} rounds of ${seconds} s each after 3 s of /noop, a request every 2 ms; autocannon keeps the threads busy; medians, and the range of the rounds`,
    tables
  }
}
