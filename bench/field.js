import { connectAsker } from './asking.js'
import { answer, withProcesses } from './processes.js'
import { rotate } from './rotate.js'
import { tabulate } from './tables.js'

/** Of a round, after one of warm-up. */
export const turns = 2

/**
 * Has all contestants asked by turns, A B C … A B C …, all alive at the same time. Their processes are new in each round,
 * and another one is the first. The result is a table for each figure: a row for each contestant, and a column for each
 * thing that is asked of them.
 */
export async function takeField (field, { rounds = field.rounds }) {
  const contestants = field.contestants.filter(({ isThere = () => true }) => isThere())
  const { columns, figures } = field
  const samples = await sampleField({ contestants, columns }, rounds)
  return {
    means: `raw sockets, ${rounds} rounds of ${turns} turns each after one of warm-up; medians, and the range of all turns`,
    tables: figures.map(({ title, of }) => tabulate(title, columns, contestants, (contestant, column) => samples[contestant][column].map(of)))
  }
}

/** The samples of so many rounds, by contestant and column. */
export async function sampleField ({ contestants, columns }, rounds) {
  const samples = contestants.map(() => columns.map(() => []))
  for (let round = 0; round < rounds; round++) {
    const order = rotate(contestants.length, round)
    await takeRound({ contestants, columns, order }, (contestant, column, sample) => samples[contestant][column].push(sample))
  }
  return samples
}

function takeRound ({ contestants, columns, order }, record) {
  return withProcesses(async (start) => {
    const servers = contestants.map(({ serves, threads }) => start('serve.js', serves, ...(threads === undefined ? [] : [String(threads)])))
    const urls = await Promise.all(servers.map(answer))
    const labels = contestants.map(({ label }) => label)
    const differing = [...contestants.keys()].filter((index) => contestants[index].answersDiffer)
    for (const [index, column] of columns.entries()) {
      await takeColumn({ servers, urls, labels, differing, order, column }, (contestant, sample) => record(contestant, index, sample))
    }
  })
}

function takeColumn ({ order, column, ...asked }, record) {
  return withProcesses(async (start) => {
    const { requests, warmUp = requests } = column
    const measure = await connectAsker(start, asked, column)
    for (let turn = 0; turn <= turns; turn++) {
      for (const contestant of order) {
        const sample = await measure(contestant, turn === 0 ? warmUp : requests)
        if (turn > 0) record(contestant, sample)
      }
    }
  })
}
