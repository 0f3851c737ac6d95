// A process that does the work of a case on its event loop, and tells its parent for how long the loop was held.
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { atOnce, medians, rounds } from './figures.js'
import { prepareCase } from './case.js'

const run = await prepareCase()
await run()
const alone = []
for (let round = 0; round < rounds; round++) alone.push(await watch(run))
const together = []
for (let round = 0; round < rounds; round++) together.push(await watch(() => Promise.all(Array.from({ length: atOnce }, () => run()))))
process.send({ ...medians(alone), together: medians(together).wall })
process.disconnect()
// Some libraries keep the process.
process.exit()

/** Times in ms; `held` in sum, `longest` at once, `beside` by other threads than that of the loop. */
async function watch (work) {
  await wait(20)
  let last = performance.now()
  let longest = 0
  const note = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
  }
  const timer = setInterval(note, 1)
  const [all, own, utilization] = [process.cpuUsage(), process.threadCpuUsage(), performance.eventLoopUtilization()]
  const begun = performance.now()
  await work()
  const wall = performance.now() - begun
  note()
  const held = performance.eventLoopUtilization(utilization).active
  const beside = sum(process.cpuUsage(all)) - sum(process.threadCpuUsage(own))
  clearInterval(timer)
  return { wall, held: Math.min(held, wall), longest: Math.min(longest, wall), beside: Math.max(beside, 0) }
}

function sum ({ user, system }) {
  return (user + system) / 1000
}
