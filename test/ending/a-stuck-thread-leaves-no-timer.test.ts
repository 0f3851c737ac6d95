import { join } from 'node:path'
import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

t.test('the process does not outlive the close for the sake of a question to a thread that is gone', async (t) => {
  const { code, stdout, stderr } = await runToEnd(t, [fixturesOf(import.meta.url)('stuck.js'), join(t.testdir(), 'begun')])
  t.equal(code, 0, stderr)
  t.same(stdout.trim().split('\n'), ['503', 'timers 0'])
})
