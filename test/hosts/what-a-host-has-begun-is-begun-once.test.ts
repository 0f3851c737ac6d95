import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, LightMyRequestResponse as Response } from 'fastify'
import t, { type Test } from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { type HostProcess, startHost } from './host-process.js'
import { module, startServer } from './server.js'

/** A file in which a handler notes what it does. */
function createJournal (t: Test) {
  const file = join(t.testdir(), 'journal')
  const read = () => existsSync(file) ? readFileSync(file, 'utf8') : ''
  return {
    file,
    url: (path: string, ms = 0) => `${path}?file=${encodeURIComponent(file)}&ms=${ms}`,
    read,
    has: (text: string) => until(`a handler has ${text}`, () => read().includes(text))
  }
}

const hostsOf = (app: FastifyInstance) => app.blocking.stats().hosts!.length

function matchHostLost (t: Test, answer: Response): void {
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { code: 'FST_BLOCKING_HOST_LOST' })
}

/** Lets a host that stands still go on, and waits until it has served a request. */
async function resume (t: Test, host: HostProcess, app: FastifyInstance): Promise<void> {
  host.kill('SIGCONT')
  t.equal((await app.inject({ url: '/where' })).statusCode, 200, 'the host serves again')
}

t.test('a request on a worker host', { skip: lacksBroker }, async (t) => {
  t.test('that is killed: 503, and what waits goes to another host', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const journal = createJournal(t)
    const host = startHost(t, module, url)
    const running = app.inject({ url: journal.url('/begins', 60_000) })
    await journal.has('begun')
    const waiting = app.inject({ url: '/where' })
    host.kill('SIGKILL')
    const answer = await running
    matchHostLost(t, answer)
    const other = startHost(t, module, url)
    t.equal((await waiting).json<{ process: number }>().process, other.child.pid)
    t.equal(journal.read(), 'begun ')
  })

  t.test('that stands still: 503, and when the host goes on it does not begin what was answered', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const journal = createJournal(t)
    const host = startHost(t, module, url)
    await app.inject({ url: '/where' })
    host.kill('SIGSTOP')
    const answer = await app.inject({ url: journal.url('/begins') })
    matchHostLost(t, answer)
    t.equal(hostsOf(app), 0)
    await resume(t, host, app)
    t.equal(journal.read(), '')
  })

  t.test('that stands still when a thread has the request: the thread does not begin it afterwards', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const journal = createJournal(t)
    const host = startHost(t, module, url, [], { NODE_DEBUG: 'fastify-blocking' })
    const end = join(t.testdir(), 'end')
    await app.inject({ url: `/lingers?until=${encodeURIComponent(end)}` })
    const asked = app.inject({ url: journal.url('/begins') })
    await host.logs('open GET /begins')
    host.kill('SIGSTOP')
    const answer = await asked
    matchHostLost(t, answer)
    writeFileSync(end, '')
    await resume(t, host, app)
    t.equal(journal.read(), '')
  })

  t.test('that stands still when Fastify routes the request: the handler does not begin it afterwards', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const journal = createJournal(t)
    const host = startHost(t, module, url)
    await app.inject({ url: '/where' })
    const asked = app.inject({ url: journal.url('/begins'), headers: { 'routed-at': journal.file } })
    await journal.has('routed')
    host.kill('SIGSTOP')
    const answer = await asked
    matchHostLost(t, answer)
    writeFileSync(`${journal.file}-end`, '')
    await resume(t, host, app)
    t.equal(journal.read(), 'routed ')
  })

  t.test('whose broker is restarted: its answer or 503, and the next ones are served', async (t) => {
    const broker = await startBroker(t)
    const app = await startServer(t, { servers: broker.url })
    const journal = createJournal(t)
    startHost(t, module, broker.url)
    const running = app.inject({ url: journal.url('/begins', 500) })
    await journal.has('begun')
    const waiting = app.inject({ url: '/where' })
    await broker.stop()
    await journal.has('ended')
    await broker.start()
    const answer = await running
    if (answer.statusCode === 503) matchHostLost(t, answer)
    else t.equal(answer.body, 'begun')
    t.equal((await waiting).statusCode, 200)
    t.equal(journal.read(), 'begun ended ')
  })

  t.test('that leaves: the answer comes, and the host exits with 0', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const journal = createJournal(t)
    const host = startHost(t, module, url)
    const running = app.inject({ url: journal.url('/begins', 300) })
    await journal.has('begun')
    host.kill('SIGTERM')
    const waiting = app.inject({ url: '/where' })
    t.equal((await running).body, 'begun')
    t.equal(await host.exited, 0)
    await until('the server knows', () => hostsOf(app) === 0)
    const other = startHost(t, module, url)
    t.equal((await waiting).json<{ process: number }>().process, other.child.pid)
  })

  t.test('that leaves before the request is done: 503, as from a host that is lost', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url, options: { grace: 50 } })
    const journal = createJournal(t)
    const host = startHost(t, module, url)
    const running = app.inject({ url: journal.url('/begins', 60_000) })
    await journal.has('begun')
    host.kill('SIGTERM')
    const answer = await running
    matchHostLost(t, answer)
    t.equal(await host.exited, 0)
    t.ok(host.lines.some((line) => line.includes('GET /begins pace=usual was cut off')), 'the host says so')
  })

  t.test('whose server closes: the answer comes within the grace period', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const journal = createJournal(t)
    startHost(t, module, url)
    const running = app.inject({ url: journal.url('/begins', 300) })
    await journal.has('begun')
    await app.close()
    t.equal((await running).body, 'begun')
  })

  t.test('goes to the host with most free slots, and waits if both servers have taken them', async (t) => {
    const { url } = await startBroker(t)
    const [app, other] = [await startServer(t, { servers: url }), await startServer(t, { servers: url })]
    const hosts = [startHost(t, module, url), startHost(t, module, url)]
    await until('both are there', () => hostsOf(app) === 2 && hostsOf(other) === 2)
    const journals = [createJournal(t), createJournal(t)] as const
    const both = journals.map((journal) => app.inject({ url: journal.url('/begins', 300) }))
    for (const journal of journals) await journal.has('begun')
    t.same((await Promise.all(both)).map(({ statusCode }) => statusCode), [200, 200])
    const answers = await Promise.all([app, other].flatMap((server) =>
      Array.from({ length: 40 }, () => server.inject({ url: '/where' }))))
    t.ok(answers.every(({ statusCode }) => statusCode === 200))
    const served = new Set(answers.map((answer) => answer.json<{ process: number }>().process))
    t.same([...served].sort(), hosts.map(({ child }) => child.pid!).sort())
  })
})
