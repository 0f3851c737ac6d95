import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { get, type Got } from '../support/get.js'
import { until } from '../support/until.js'
import { fixturesOf } from '../support/fixtures.js'

const server = fixturesOf(import.meta.url)('ended-by-a-signal.js')

function start (t: Test, stage: string) {
  const journal = join(t.testdir(), 'journal')
  const { NODE_OPTIONS, ...env } = process.env
  const child = fork(server, [journal, stage], { execArgv: [], env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const exited = once(child, 'exit').then(([code, signal]) => ({ code: code as unknown, signal: signal as unknown, output }))
  const read = (): string[] => existsSync(journal) ? readFileSync(journal, 'utf8').trimEnd().split('\n') : []
  return { child, exited, read, count: (line: string) => read().filter((one) => one === line).length }
}

const clean = { code: 0, signal: null, output: '' }
const end = 'SIGTERM, 0 threads, 0 in the pool'

for (const signals of [1, 2]) {
  t.test(`under load, ${signals === 1 ? 'once' : 'twice at once, if they come as one'}: what runs is finished, what waits is refused, dependencies end, and no thread is left`, async (t) => {
    const { child, exited, read, count } = start(t, 'listening')
    const [url] = await once(child, 'message') as [string]
    const requests = Array.from({ length: 40 }, () => get(`${url}/run`).catch((error: NodeJS.ErrnoException) => error.code))
    await until('some run', () => count('runs') >= 4)
    // If they come apart, the second one is an order to end at once, for which close-with-grace has code 1.
    for (let time = 0; time < signals; time++) child.kill('SIGTERM')
    const answers = await Promise.all(requests)
    const { code, signal, output } = await exited
    t.same({ signal, output }, { signal: null, output: '' })
    if (signals === 2 && code === 1) return
    t.equal(code, 0)
    const got = answers.filter((answer): answer is Got => typeof answer === 'object')
    t.equal(got.filter(({ status }) => status === 200).length, count('runs'), 'whoever ran has its answer')
    t.ok(got.some(({ status }) => status === 503), 'others were refused')
    for (const { status, body } of got) if (status === 503) t.match(body, { code: 'FST_BLOCKING_CLOSING' })
    t.equal(count('opened'), count('ended'))
    t.equal(count('closed a worker'), 2)
    t.equal(read().at(-1), end)
  })
}

t.test('while the first threads boot', async (t) => {
  const { child, exited, read } = start(t, 'booting')
  await until('a worker boots', () => read().includes('boots'))
  child.kill('SIGTERM')
  t.same(await exited, clean)
  t.equal(read().at(-1), end)
})

t.test('while a thread boots in the place of one that was lost', async (t) => {
  const { child, exited, read, count } = start(t, 'booting')
  const [url] = await once(child, 'message') as [string]
  const lost = await get(`${url}/crash`)
  t.equal(lost.status, 500)
  await until('a third worker boots', () => count('boots') >= 3)
  child.kill('SIGTERM')
  t.same(await exited, clean)
  t.equal(read().at(-1), end)
})
