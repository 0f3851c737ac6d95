import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

for (const file of ['module-throws.js', 'process-exits.js', 'does-not-register.js']) {
  t.test(`${file}: a process whose workers cannot boot ends by itself`, async (t) => {
    t.match(await runToEnd(t, [fixture('fails-to-boot.js'), fixture(file), '99000']), { code: 0, stdout: 'FST_BLOCKING_BOOT_FAILED' })
  })
}

for (const file of ['module-never-ends.js', 'module-loops.js']) {
  t.test(`${file}: a process whose workers do not boot in time ends by itself`, async (t) => {
    t.match(await runToEnd(t, [fixture('fails-to-boot.js'), fixture(file), '500']), { code: 0, stdout: 'FST_BLOCKING_BOOT_FAILED' })
  })
}

t.test('a process whose routes differ between the threads ends by itself', async (t) => {
  t.match(await runToEnd(t, [fixture('fails-to-boot.js'), fixture('other-routes.js'), '99000']), { code: 0, stdout: 'FST_BLOCKING_DIFFERENT_APP' })
})

t.test('a process whose main thread cannot boot ends by itself', async (t) => {
  t.match(await runToEnd(t, [fixture('main-thread-fails.js')]), { code: 0, stdout: 'NO_REGION' })
})
