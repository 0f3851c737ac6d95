import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { beginPost, readAnswers } from '../support/upload.js'
import { build } from './fixtures/asking.js'

const cases: [url: string, what: string, lines: (code: string) => string[]][] = [
  ['/pending', 'a function of the loop that it awaits rejects', (code) => [code]],
  ['/later', 'what it asks later rejects, and background work is refused', (code) => Array(3).fill(code)],
  ['/sync', 'a thread that waits for the loop goes on', (code) => [code]],
  ['/offloading', 'a function of the loop that it has called offloads nothing any more', (code) => [code, 'FST_BLOCKING_THREAD_LOST']],
  ['/transaction', 'a generator of a handler that does not return gets the error', (code) => [`rollback ${code}`]]
]

for (const code of ['FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT']) {
  for (const [url, what, linesOf] of cases) {
    t.test(`${what}: ${code}`, async (t) => {
      const limit = new HeldTimers(t)
      const lines = linesOf(code)
      const file = join(t.testdir(), 'notes')
      const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
      const app = await build({ file, limit: held, handlerTimeout: code === 'FST_ERR_HANDLER_TIMEOUT' })
      t.teardown(() => app.close())
      const origin = await app.listen({ port: 0, host: '127.0.0.1' })
      const answer = fetch(origin + url)
      await untilExists(`${file}.begun`)
      await limit.runOut()
      t.equal((await answer).status, 503)
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

for (const code of ['FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT']) {
  t.test(`a body that it still reads breaks: ${code}`, async (t) => {
    const limit = new HeldTimers(t)
    const file = join(t.testdir(), 'notes')
    const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    const app = await build({ file, limit: held, handlerTimeout: code === 'FST_ERR_HANDLER_TIMEOUT' })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = await beginPost((app.server.address() as AddressInfo).port, '/body', { 'content-type': 'text/stream', 'content-length': 10 })
    socket.write('half')
    await until('it is read', () => notes().length === 1)
    await limit.runOut()
    const [answer] = await readAnswers(socket, 1)
    t.equal(answer?.status, 503)
    await until('all is noted', () => notes().length === 2)
    t.same(notes(), ['read half', code])
    socket.destroy()
    await app.close()
    t.equal(app.blocking.stats().killed, 0)
  })
}
