import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus, totalmem } from 'node:os'
import { median } from '../median.js'

// npm run bench:boot [ROUNDS]: what workers cost at boot and after it, each figure against the same app without them, in one run.

const rounds = Number(process.argv[2] ?? 5)

async function run (file, argument, what) {
  const child = fork(new URL(file, import.meta.url), [typeof argument === 'object' ? JSON.stringify(argument) : argument])
  try {
    await once(child, 'message')
    child.send(what)
    return (await once(child, 'message'))[0]
  } finally {
    child.kill()
    await once(child, 'exit')
  }
}

const plugin = (threads) => ({ pool: { minThreads: threads, maxThreads: threads } })
const more = 4

/** Memory in MB of one more thread. */
async function memory (file, argument) {
  const [one, several] = [await run(file, argument(1), 'memory'), await run(file, argument(more), 'memory')]
  return (several - one) / (more - 1) / 1e6
}

const samples = {}
const note = (name, value) => { (samples[name] ??= []).push(value) }

for (let round = 0; round < rounds; round++) {
  for (const routes of [300, 1_000]) {
    const without = await run('serve.js', { routes }, 'boot')
    const withOne = await run('serve.js', { routes, blocking: plugin(1) }, 'boot')
    note(`worker's boot / main thread's without the plugin, ${routes} routes`, withOne.worker / without.worker)
    note(`ready() / without the plugin, ${routes} routes`, withOne.ready / without.ready)
    note(`CPU until ready / without the plugin, ${routes} routes`, withOne.cpu / without.cpu)
  }
  const bare = await memory('bare.js', String)
  const one = await memory('serve.js', (threads) => ({ routes: 0, blocking: plugin(threads) }))
  note('MB of a bare worker', bare)
  note('MB of one more worker, 1 route', one)
  note('one more worker, 1 route / bare worker', one / bare)
  note('MB of one more worker, 300 routes', await memory('serve.js', (threads) => ({ routes: 300, blocking: plugin(threads) })))
  const requests = await run('serve.js', { routes: 300, isTimed: true, blocking: plugin(1) }, 'first')
  note('first request less a later one / compile time on the loop', median(requests.map(([more]) => more)) / median(requests.map(([, compiled]) => compiled)))
}

console.log(`${rounds} rounds by turns, a process each; medians, and the range. Node ${process.version}, ${cpus().length} processors, ${Math.round(totalmem() / 1e9)} GB`)
for (const [name, values] of Object.entries(samples)) {
  console.log(name.padEnd(70), median(values).toFixed(2), ` ${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`)
}
