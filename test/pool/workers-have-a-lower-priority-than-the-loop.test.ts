import { platform } from 'node:os'
import t from 'tap'
import { fixturesOf } from '../support/fixtures.js'
import { runToEnd } from '../support/app-process.js'

const fixture = fixturesOf(import.meta.url)

t.test('of a process only the workers have a lower priority, and what they start, and only on Linux, where each thread has its own', async (t) => {
  const { code, stdout, stderr } = await runToEnd(t, [fixture('priorities.cjs')])
  t.equal(code, 0, stderr)
  t.same(JSON.parse(stdout), platform() === 'linux' ? { lower: [5, 5], child: 5 } : { lower: [], child: 0 })
})

t.test('unless the option says otherwise', async (t) => {
  for (const [increment, lower, child] of [['0', [], 0], ['2', [2, 2], 2]] as const) {
    const { code, stdout, stderr } = await runToEnd(t, [fixture('priorities.cjs'), increment])
    t.equal(code, 0, stderr)
    if (platform() === 'linux') t.same(JSON.parse(stdout), { lower, child })
  }
})
