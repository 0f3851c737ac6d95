import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'
import { until } from '../support/until.js'
import { build, hasFailed, isBuilt } from './fixtures/fails-beside-another.js'
import { build as buildTelling } from './fixtures/tells-what-was-required.js'

const fixture = fixturesOf(import.meta.url)

for (const [file, stdout] of Object.entries({
  'module-throws.js': 'FST_BLOCKING_BOOT_FAILED',
  'process-exits.js': 'FST_BLOCKING_BOOT_FAILED',
  'does-not-register.js': 'FST_BLOCKING_NOT_REGISTERED_IN_WORKER',
  'guarded/is-main-thread.js': 'FST_BLOCKING_GUARDED_APP',
  'forking/by-cluster.js': 'FST_BLOCKING_FORK_IN_WORKER'
})) {
  t.test(`${file}: a process whose workers cannot boot ends by itself`, async (t) => {
    t.match(await runToEnd(t, [fixture('fails-to-boot.js'), fixture(file), '99000']), { code: 0, stdout })
  })
}

for (const file of ['module-never-ends.js', 'module-loops.js']) {
  t.test(`${file}: a process whose workers do not boot in time ends by itself`, async (t) => {
    t.match(await runToEnd(t, [fixture('fails-to-boot.js'), fixture(file), '500']), { code: 0, stdout: 'FST_BLOCKING_BOOT_TIMEOUT' })
  })
}

t.test('a process whose routes differ between the threads ends by itself', async (t) => {
  t.match(await runToEnd(t, [fixture('fails-to-boot.js'), fixture('other-routes.js'), '99000']), { code: 0, stdout: 'FST_BLOCKING_DIFFERENT_APP' })
})

t.test('a process whose main thread cannot boot ends by itself', async (t) => {
  t.match(await runToEnd(t, [fixture('main-thread-fails.js')]), { code: 0, stdout: 'NO_REGION' })
})

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

// Node would abort the process, at times, if the thread were terminated while an ES module that it requires is linked.
t.test('what Piscina loads by require() requires nothing', async (t) => {
  const app = await buildTelling()
  t.teardown(() => app.close())
  const { type, children } = (await app.inject('/')).json<{ type: string, children: string[] }>()
  t.equal(type, 'function')
  t.same(children, [])
})
