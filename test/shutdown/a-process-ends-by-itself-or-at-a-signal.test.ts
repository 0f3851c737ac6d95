import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'
import { get, type Got } from '../support/get.js'
import { until } from '../support/until.js'

const endsByItself = fileURLToPath(new URL('../fixtures/ends-by-itself.js', import.meta.url))
const server = fixturesOf(import.meta.url)('ended-by-a-signal.js')

for (const way of ['serves and closes', 'injects and closes', 'injects', 'closes during boot']) {
  t.test(`a process that ${way} exits by itself, with code 0`, async (t) => {
    t.same(await runToEnd(t, [endsByItself, way]), { code: 0, stdout: 'done\n', stderr: '' })
  })
}

function start (t: Test) {
  const journal = join(t.testdir(), 'journal')
  const { NODE_OPTIONS, ...env } = process.env
  const child = fork(server, [journal], { execArgv: [], env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const exited = once(child, 'exit').then(([code, signal]) => ({ code: code as unknown, signal: signal as unknown, output }))
  const read = (): string[] => existsSync(journal) ? readFileSync(journal, 'utf8').trimEnd().split('\n') : []
  return {
    child,
    exited,
    read,
    count: (line: string) => read().filter((one) => one === line).length,
    /** Boots and requests that have begun do not end before they are let go on. */
    hold: () => writeFileSync(`${journal}.hold`, ''),
    letGo: () => rmSync(`${journal}.hold`)
  }
}

const clean = { code: 0, signal: null, output: '' }
const end = 'SIGTERM, 0 threads, 0 in the pool'

for (const signals of [1, 2]) {
  t.test(`under load, ${signals === 1 ? 'once' : 'twice at once, if they come as one'}: what runs is finished, what waits is refused, dependencies end, and no thread is left`, async (t) => {
    const { child, exited, read, count, hold, letGo } = start(t)
    const [url] = await once(child, 'message') as [string]
    const ask = async () => await get(`${url}/run`).catch((error: NodeJS.ErrnoException) => error.code)
    const before = await Promise.all([ask(), ask()])
    hold()
    const requests = Array.from({ length: 40 }, ask)
    await until('two more run', () => count('runs') === 4)
    // If they come apart, the second one is an order to end at once, for which close-with-grace has code 1.
    for (let time = 0; time < signals; time++) child.kill('SIGTERM')
    // Whoever waits hears first: those that run are held.
    await Promise.race(requests)
    letGo()
    const answers = [...before, ...await Promise.all(requests)]
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

t.test('a signal while the first threads boot ends the process, and no thread is left', async (t) => {
  const { child, exited, read, hold, letGo } = start(t)
  hold()
  await until('a worker boots', () => read().includes('boots'))
  child.kill('SIGTERM')
  await until('it closes', () => read().includes('closes'))
  letGo()
  t.same(await exited, clean)
  t.equal(read().at(-1), end)
})

t.test('a signal while a thread boots in the place of one that was lost ends the process, and no thread is left', async (t) => {
  const { child, exited, read, count, hold, letGo } = start(t)
  const [url] = await once(child, 'message') as [string]
  hold()
  const lost = await get(`${url}/crash`)
  t.equal(lost.status, 500)
  await until('a third worker boots', () => count('boots') >= 3)
  child.kill('SIGTERM')
  await until('it closes', () => read().includes('closes'))
  letGo()
  t.same(await exited, clean)
  t.equal(read().at(-1), end)
})
