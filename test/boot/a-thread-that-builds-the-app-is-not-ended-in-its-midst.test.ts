import t from 'tap'
import { until } from '../support/until.js'
import { build, hasFailed, isBuilt } from './fixtures/fails-beside-another.js'

// Node may abort the process if it is loading a module just then.
t.test('a thread that builds the app when another one has failed is ended after that', async (t) => {
  const cells = new Int32Array(new SharedArrayBuffer(12))
  const app = await build({ cells })
  await t.rejects(async () => { await app.ready() }, { code: 'FST_BLOCKING_BOOT_FAILED', cause: { message: 'the second one' } })
  Atomics.store(cells, hasFailed, 1)
  Atomics.notify(cells, hasFailed)
  await until('both have exited', () => Object.values(app.blocking.stats().threads).every((count) => count === 0))
  t.equal(Atomics.load(cells, isBuilt), 1)
})
