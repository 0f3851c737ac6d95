import { answer, ask, withProcesses } from './processes.js'
import { tabulate } from './tables.js'

const turns = 2

/**
 * Has all contestants asked by turns, A B C … A B C …, all alive at the same time. Their processes are new in each round,
 * and another one is the first. The result is a table for each figure: a row for each contestant, and a column for each
 * thing that is asked of them.
 */
export async function takeField (field, { rounds = field.rounds }) {
  const contestants = field.contestants.filter(({ isThere = () => true }) => isThere())
  const { columns, figures } = field
  const samples = contestants.map(() => columns.map(() => []))
  for (let round = 0; round < rounds; round++) {
    const order = contestants.map((_, index) => (index + round) % contestants.length)
    await takeRound({ contestants, columns, order }, (contestant, column, sample) => samples[contestant][column].push(sample))
  }
  return {
    means: `raw sockets, ${rounds} rounds of ${turns} turns each after one of warm-up; medians, and the range of all turns`,
    tables: figures.map(({ title, of }) => tabulate(title, columns, contestants, (contestant, column) => samples[contestant][column].map(of)))
  }
}

function takeRound ({ contestants, columns, order }, record) {
  return withProcesses(async (start) => {
    const servers = contestants.map(({ serves, threads }) => start('serve.js', serves, ...(threads === undefined ? [] : [String(threads)])))
    const urls = await Promise.all(servers.map(answer))
    for (const [index, column] of columns.entries()) {
      await takeColumn({ contestants, servers, urls, order, column }, (contestant, sample) => record(contestant, index, sample))
    }
  })
}

function takeColumn ({ contestants, servers, urls, order, column: { path, connections, requests, warmUp = requests, upload } }, record) {
  return withProcesses(async (start) => {
    const load = start('load-field.js')
    const bodies = []
    for (const url of urls) bodies.push(await ask(load, { open: { url: url + path, connections, upload } }))
    for (const [index, { label, answersDiffer }] of contestants.entries()) {
      if (!answersDiffer && bodies[index] !== bodies[0]) throw new Error(`${path}: ${label} answers something else than ${contestants[0].label}`)
    }
    for (let turn = 0; turn <= turns; turn++) {
      for (const contestant of order) {
        await ask(servers[contestant], 'start')
        const rate = await ask(load, { slice: contestant, requests: turn === 0 ? warmUp : requests })
        const { active } = await ask(servers[contestant], 'stop')
        if (turn > 0) record(contestant, { rate, busy: active / requests })
      }
    }
  })
}
