import { answer, withProcesses } from './processes.js'
import { tabulate } from './tables.js'

const few = 1
const many = 4

const columns = [
  { label: 'boot, ms', of: ([one]) => one.boot },
  { label: 'heap, MB', of: ([one]) => one.heap / 1e6 },
  { label: 'memory of the process for each one more, MB', of: ([one, four]) => (four.memory - one.memory) / (many - few) / 1e6 },
  { label: 'memory of the process with one, MB', of: ([one]) => one.memory / 1e6 }
]

/** What a worker takes to boot, and to live: apps, each with one thread and with four. */
export async function takeWorkers ({ apps, ...defaults }, { rounds = defaults.rounds }) {
  const samples = apps.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { serves }] of apps.entries()) samples[index].push([await read(serves, few), await read(serves, many)])
  }
  return {
    means: `${rounds} rounds, a process with ${few} and one with ${many} threads in each; medians, and the range of the rounds`,
    tables: [tabulate('a worker', columns, apps, (app, column) => samples[app].map(columns[column].of))]
  }
}

/** ms from the start of the first worker until its app is ready; its heap and the memory of the process then, in bytes. */
function read (serves, threads) {
  return withProcesses(async (start) => {
    const url = await answer(start('serve.js', serves, String(threads)))
    const [{ started }, { ready, heap, memory }] = await Promise.all(['/started', '/readings'].map(async (path) => (await fetch(url + path)).json()))
    return { boot: ready - started, heap, memory }
  })
}
