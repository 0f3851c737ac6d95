import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/asking.js'

const cases: [url: string, what: string, lines: (code: string) => string[]][] = [
  ['/pending', 'a function of the loop that it awaits rejects', (code) => [code]],
  ['/later', 'what it asks later rejects, and background work is refused', (code) => Array(3).fill(code)],
  ['/sync', 'a thread that waits for the loop goes on', (code) => [code]],
  ['/transaction', 'a generator of a handler that does not return gets the error', (code) => [`rollback ${code}`]]
]

for (const code of ['FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT']) {
  for (const [url, what, linesOf] of cases) {
    t.test(`${what}: ${code}`, async (t) => {
      const lines = linesOf(code)
      const file = join(t.testdir(), 'notes')
      const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
      const app = await build({ file, handlerTimeout: code === 'FST_ERR_HANDLER_TIMEOUT' })
      t.teardown(() => app.close())
      const origin = await app.listen({ port: 0, host: '127.0.0.1' })
      t.equal((await fetch(origin + url)).status, 503)
      // In its place another one answers, where it has not left by then.
      t.equal(await (await fetch(`${origin}/tell`)).text(), 'told')
      if (url === '/transaction') await until('it is rolled back', () => notes().length === 1)
      writeFileSync(`${file}.go`, '')
      await until('all is noted', () => notes().length === lines.length)
      await app.close()
      t.same(notes(), lines)
      t.equal(app.blocking.stats().killed, 0)
    })
  }
}
