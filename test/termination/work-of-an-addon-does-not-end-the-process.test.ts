import { join } from 'node:path'
import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

const scenarios: [name: string, what: string, lines: string[]][] = [
  ['limit', 'at the limit of a request that awaits it', ['503', 'quick', 'exit of a worker', 'exit of a worker', 'closed']],
  ['recycle', 'when its thread is recycled', ['answered', 'exit of a worker', 'exit of a worker', 'closed']],
  ['unawaited', 'when the server closes, and nobody awaits it', ['answered', 'exit of a worker', 'closed']],
  ['close', 'when the server closes, and a request awaits it', ['503', 'exit of a worker', 'closed']],
  ['kept', 'but an interval that nobody clears does not keep the thread', ['begun', 'kept', 'exit of a worker', 'closed']],
  ['endless', 'unless there is none: a thread with an addon that loops in JavaScript is terminated', ['503', 'quick', 'killed 1', 'exit of a worker', 'closed']]
]

for (const [name, what, lines] of scenarios) {
  t.test(what, async (t) => {
    const { code, stdout, stderr } = await runToEnd(t, [fixture('hashing.js'), name, join(t.testdir(), 'begun')])
    t.equal(code, 0, stderr)
    const printed = stdout.trim().split('\n')
    // On a busy machine the limit may be over before the handler has begun: the request is sent again, to the next thread.
    const again = printed.filter((line) => line === 'sent again')
    const exits = again.map(() => 'exit of a worker')
    t.same(printed.sort(), [...lines, ...again, ...exits].sort())
  })
}

t.test('the process does not outlive the close for the sake of a question to a thread that is gone', async (t) => {
  const { code, stdout, stderr } = await runToEnd(t, [fixture('stuck.js'), join(t.testdir(), 'begun')])
  t.equal(code, 0, stderr)
  t.same(stdout.trim().split('\n').filter((line) => line !== 'sent again'), ['503', 'timers 0'])
})
