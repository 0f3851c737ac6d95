// A process of its own that serves the app of the storm, and tells over IPC how it is.
import { appendFileSync } from 'node:fs'
import { promisify } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { build, endedAtOnce, threads } from './app.js'

const [, , journal] = process.argv
let [alive, most] = [0, 0]
process.on('worker', (worker) => {
  const { threadId } = worker
  most = Math.max(most, ++alive)
  worker.once('exit', (code) => {
    alive--
    appendFileSync(journal, `\texited\t${code}\t${threadId}\n`)
  })
})
const app = await build({ journal })
const url = await app.listen({ host: '127.0.0.1', port: 0 })
// Between the first signal and what close-with-grace does at a second one nobody would listen, and the system would end the process.
process.on('SIGTERM', () => {})
// A second signal, if it does not come as one with the first, is an order to end at once.
closeWithGrace({ delay: 300_000, onSecondSignal: () => process.exit(endedAtOnce) }, async ({ err }) => {
  if (err !== undefined) console.error(err)
  await app.close()
})

const countConnections = promisify(app.server.getConnections.bind(app.server))

async function isIdle () {
  // Those of the storm are closed by then.
  if (await countConnections() > 0) return false
  const { threads: { live, busy, starting, exiting, retired }, queue } = app.blocking.stats()
  return live === threads && busy === 0 && starting === 0 && exiting === 0 && retired === 0 && queue === 0
}

/** Once nothing is under way: what there is of everything that could be left behind. */
async function examine () {
  for (let waited = 0; !await isIdle(); waited += 10) {
    if (waited > 300_000) return { unrest: app.blocking.stats() }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  // What the loop's own handlers, and the timers of what has ended, still have to wait for is over soon.
  for (let waited = 0; process.getActiveResourcesInfo().includes('Timeout') && waited < 10_000; waited += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  for (let time = 0; time < 3; time++) {
    globalThis.gc()
    // What it has left to be done is done.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const resources = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  const { heapUsed, external } = process.memoryUsage()
  return { resources, heapUsed, external, alive, most }
}

process.on('message', () => { examine().then((state) => process.send(state)) })
process.send(url)
