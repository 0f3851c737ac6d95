// A process that terminates worker threads in the midst of the work of a case, one after the other, and then has one more
// thread do that work to its end. The process may not survive that, which its parent sees.
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { prepareCase } from './case.js'
import { limit, moments } from './figures.js'

if (isMainThread) await terminateAll(Number(process.argv[2]))
else await workOn()

/** `wall` is how long the work takes. */
async function terminateAll (wall) {
  const gone = []
  try {
    for (const moment of moments) gone.push(await terminateAt(moment * wall))
    process.send({ gone: Math.max(...gone) })
    await within(limit + 5 * wall, workOnce(), 'the next thread did not end its work')
    process.send({ isWhole: true })
  } catch (error) {
    process.send({ fault: error.message })
  }
  process.disconnect()
}

async function terminateAt (time) {
  const worker = start()
  await once(worker, 'message')
  await wait(time)
  const begun = performance.now()
  await within(limit, worker.terminate(), 'the thread did not end')
  return performance.now() - begun
}

async function workOnce () {
  const worker = start()
  await once(worker, 'message')
  await once(worker, 'message')
  await worker.terminate()
}

function start () {
  return new Worker(new URL(import.meta.url), { env: process.env })
}

/** Tells when a run begins that is not the first, which also loads and compiles; then when one has ended, and waits. */
async function workOn () {
  const run = await prepareCase()
  await run()
  parentPort.postMessage('begins')
  await run()
  parentPort.postMessage('ended')
  setInterval(() => {}, 60_000)
}

/** A thread that is stuck would keep the process, which therefore ends here. */
async function within (time, promise, what) {
  const controller = new AbortController()
  const late = wait(time, undefined, { signal: controller.signal }).then(() => {
    process.send({ fault: what }, () => process.kill(process.pid, 'SIGKILL'))
    return new Promise(() => {})
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    controller.abort()
    late.catch(() => {})
  }
}
