import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { build, hasFailed, isBuilt } from './fixtures/fails-beside-another.js'

// Node may abort the process if it is loading a module just then.
t.test('a thread that builds the app when another one has failed is ended after that', async (t) => {
  const exits: Promise<unknown>[] = []
  // A thread that is to end keeps no process.
  const held = setInterval(() => {}, 60_000)
  t.teardown(() => clearInterval(held))
  const watch = (worker: Worker): void => { exits.push(once(worker, 'exit')) }
  process.on('worker', watch)
  t.teardown(() => process.off('worker', watch))
  const cells = new Int32Array(new SharedArrayBuffer(12))
  const app = await build({ cells })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_BOOT_FAILED', cause: { message: 'the second one' } })
  Atomics.store(cells, hasFailed, 1)
  Atomics.notify(cells, hasFailed)
  await Promise.all(exits)
  t.equal(exits.length, 2)
  t.equal(Atomics.load(cells, isBuilt), 1)
})
