import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/asking.js'

const cases: [url: string, what: string, lines: string[]][] = [
  ['/pending', 'a function of the loop that it awaits rejects', ['FST_BLOCKING_TIMEOUT']],
  ['/later', 'what it asks later rejects, and background work is refused', Array(3).fill('FST_BLOCKING_TIMEOUT')],
  ['/sync', 'a thread that waits for the loop goes on', ['FST_BLOCKING_TIMEOUT']],
  ['/transaction', 'a generator of a handler that does not return gets the error', ['rollback FST_BLOCKING_TIMEOUT']]
]

for (const [url, what, lines] of cases) {
  t.test(what, async (t) => {
    const file = join(t.testdir(), 'notes')
    const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    const app = await build({ file })
    t.teardown(() => app.close())
    t.equal((await app.inject(url)).statusCode, 503)
    // In its place another one answers, where it has not left by then.
    t.equal((await app.inject('/tell')).body, 'told')
    if (url === '/transaction') await until('it is rolled back', () => notes().length === 1)
    writeFileSync(`${file}.go`, '')
    await until('all is noted', () => notes().length === lines.length)
    await app.close()
    t.same(notes(), lines)
    t.equal(app.blocking.stats().killed, 0)
  })
}
