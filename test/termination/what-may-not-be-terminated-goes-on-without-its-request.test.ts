import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { beginPost, readAnswers } from '../support/upload.js'
import { build } from './fixtures/asking.js'
import { build as buildLogging } from './fixtures/logging.js'

const cases: [url: string, what: string, lines: (code: string) => string[]][] = [
  ['/pending', 'a function of the loop that it awaits rejects', (code) => [code]],
  ['/later', 'what it asks later rejects, and background work is refused', (code) => Array(3).fill(code)],
  ['/sync', 'a thread that waits for the loop goes on', (code) => [code]],
  ['/offloading', 'a function of the loop that it has called offloads nothing any more', (code) => [code, 'FST_BLOCKING_THREAD_LOST']],
  ['/transaction', 'a generator of a handler that does not return gets the error', (code) => [`rollback ${code}`]]
]

for (const code of ['FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT']) {
  t.test(`what a retired thread asks is refused: ${code}`, async (t) => {
    const file = join(t.testdir(), 'notes')
    const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    const app = await build({ file, limit: held, handlerTimeout: code === 'FST_ERR_HANDLER_TIMEOUT' })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })

    /** With its thread everything is gone that could still note something. */
    const untilGone = async (): Promise<void> => {
      await until('its thread is gone', () => {
        const { live, starting, retired, exiting } = app.blocking.stats().threads
        return live === 1 && starting + retired + exiting === 0
      })
    }
    const forget = (): void => { for (const end of ['', '.begun', '.go']) rmSync(`${file}${end}`, { force: true }) }

    for (const [url, what, linesOf] of cases) {
      await t.test(what, async (t) => {
        const limit = new HeldTimers(t)
        const lines = linesOf(code)
        t.teardown(forget)
        const answer = fetch(origin + url)
        await untilExists(`${file}.begun`)
        await limit.runOut()
        t.equal((await answer).status, 503)
        // In its place another one answers, where it has not left by then.
        t.equal(await (await fetch(`${origin}/tell`)).text(), 'told')
        if (url === '/transaction') await until('it is rolled back', () => notes().length === 1)
        writeFileSync(`${file}.go`, '')
        await until('all is noted', () => notes().length === lines.length)
        await untilGone()
        t.same(notes(), lines)
        t.equal(app.blocking.stats().killed, 0)
      })
    }

    await t.test('a body that it still reads breaks', async (t) => {
      const limit = new HeldTimers(t)
      t.teardown(forget)
      const socket = await beginPost((app.server.address() as AddressInfo).port, '/body', { 'content-type': 'text/stream', 'content-length': 10 })
      socket.write('half')
      await until('it is read', () => notes().length === 1)
      await limit.runOut()
      const [answer] = await readAnswers(socket, 1)
      t.equal(answer?.status, 503)
      await until('all is noted', () => notes().length === 2)
      t.same(notes(), ['read half', code])
      socket.destroy()
      await untilGone()
      t.equal(app.blocking.stats().killed, 0)
    })
  })
}

t.test('what a visit that has been given up logs and sets belongs to its request, and not to the app', async (t) => {
  const limit = new HeldTimers(t)
  const file = join(t.testdir(), 'notes')
  const lines: Record<string, unknown>[] = []
  const find = (msg: string): Record<string, unknown> | undefined => lines.find((line) => line.msg === msg)
  const app = await buildLogging({ file, limit: held }, { write: (line: string) => { lines.push(JSON.parse(line)) } })
  t.teardown(() => app.close())
  await app.ready()
  const answer = app.inject('/retired').then()
  await untilExists(`${file}.begun`)
  await limit.runOut()
  t.equal((await answer).statusCode, 503)
  await until('its thread is retired', () => app.blocking.stats().threads.retired === 1)
  writeFileSync(`${file}.go`, '')
  await until('it has logged', () => find('given up') !== undefined)
  const { reqId, before, after, bindings } = find('given up')!
  t.same({ reqId, before, after }, { reqId: 'req-1', before: true, after: true })
  t.same(bindings, { reqId: 'req-1', before: true, after: true })

  t.equal(app.log.level, 'warn')
  t.equal((await app.inject('/tell')).body, 'told')
  t.equal(find('told')!.after, undefined)
})

t.test('a handler that stands still beyond its limit ends by itself, and then its thread does', async (t) => {
  const limit = new HeldTimers(t)
  const file = join(t.testdir(), 'notes')
  const gate = `${file}.gate`
  const app = await build({ file, limit: held })
  t.teardown(() => app.close())
  const response = app.inject(`/still?gate=${gate}`)
  response.then(() => {})
  await untilExists(`${file}.begun`)
  await limit.runOut()
  t.equal((await response).statusCode, 503)
  await until('it was told to end', () => app.blocking.stats().threads.exiting === 1)
  writeFileSync(gate, '')
  await until('it is gone', () => app.blocking.stats().threads.live === 1)
  t.match(app.blocking.stats(), { killed: 0, threads: { retired: 0, exiting: 0 } })
  t.equal((await app.inject('/tell')).body, 'told')
})

t.test('closing the server does not wait for such a handler for ever, and nor does the client', async (t) => {
  const file = join(t.testdir(), 'notes')
  const gate = `${file}.gate`
  const app = await build({ file, limit: 0 })
  const warnings: string[] = []
  app.log.warn = (text: unknown) => { warnings.push(String(text)) }
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`${origin}/still?gate=${gate}`, { headers: { connection: 'close' } })
  await untilExists(`${file}.begun`)
  await app.close()
  const response = await answer
  t.equal(response.status, 503)
  t.match(await response.json(), { code: 'FST_BLOCKING_CLOSING' })
  t.ok(warnings.some((text) => /thread \d+ has not ended: .*GET \/still/.test(text)), warnings.join('\n'))
  t.match(app.blocking.stats().threads, { exiting: 1 })
  writeFileSync(gate, '')
  await until('it is gone', () => app.blocking.stats().threads.exiting === 0)
})
