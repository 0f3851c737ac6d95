import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { nats } from 'fastify-blocking/nats'
import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

interface Line { msg: string, err?: { message: string } }

/** A thread without the loaders of the tests. */
const ownThread = { maxThreads: 1, execArgv: [], env: {} }

function collect () {
  const lines: string[] = []
  const write = (line: string) => {
    const { msg, err } = JSON.parse(line) as Line
    lines.push(`${msg}: ${err?.message}`)
  }
  return { lines, logger: { stream: { write } } }
}

t.test('a server', { skip: lacksBroker }, async (t) => {
  t.test('boots without a host, says so once, and requests wait for one', async (t) => {
    const { url } = await startBroker(t)
    const { lines, logger } = collect()
    const app = await startServer(t, { servers: url, logger })
    t.same(app.blocking.stats().hosts, [])
    const answer = app.inject({ url: '/where' })
    await until('the server says that there is no host', () => lines.some((line) => line.includes('there is no worker host')))
    t.equal(app.blocking.stats().queue, 1)
    const host = startHost(t, module, url)
    t.equal((await answer).json<{ process: number }>().process, host.child.pid)
    t.equal(lines.filter((line) => line.includes('there is no worker host')).length, 1)
  })

  t.test('boots without a broker, as a host does; both find it when it is there', async (t) => {
    const broker = await startBroker(t)
    await broker.stop()
    const { lines, logger } = collect()
    const app = await startServer(t, { servers: broker.url, logger })
    const host = startHost(t, module, broker.url)
    await host.logs('there is no connection to NATS')
    await until('the server says it too', () => lines.some((line) => line.includes('there is no connection to NATS: ')))
    const answer = app.inject({ url: '/where' })
    await broker.start()
    t.equal((await answer).statusCode, 200)
  })

  t.test('answers what has waited for too long', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url, options: { queue: { timeout: 50 } } })
    const answer = await app.inject({ url: '/where' })
    t.equal(answer.statusCode, 503)
    t.match(answer.json(), { code: 'FST_BLOCKING_QUEUE_TIMEOUT', message: /within 50 ms, since there is no (worker host of the app|connection to NATS)$/ })
    t.match(answer.headers['retry-after'], /^\d+$/)
  })

  t.test('that has threads says that there is no host if a route is only for hosts', async (t) => {
    const { url } = await startBroker(t)
    const { lines, logger } = collect()
    await startServer(t, { servers: url, logger, options: { pool: ownThread } })
    await until('the server says so', () => lines.some((line) => line.includes('there is no worker host')))
  })

  t.test('checks by its own threads alone whether a route can be local', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url, options: { pool: ownThread } })
    startHost(t, module, url, ['--options', JSON.stringify({ servers: url, options: { pool: { maxThreads: 0 } }, isLocal: true })])
    await until('the host has built the app', () => app.blocking.stats().hosts!.length === 1)
  })

  t.test('gives no request to a host of another version', async (t) => {
    const { url } = await startBroker(t)
    const { lines, logger } = collect()
    const app = await startServer(t, { servers: url, logger, options: { version: '2.0.0', queue: { timeout: 1_000 } } })
    const host = startHost(t, module, url)
    await host.logs('a server has version 2.0.0')
    await until('the server says it too', () => lines.some((line) => /gets no requests: the host has version .*, and the server has 2\.0\.0/.test(line)))
    t.match((await app.inject({ url: '/where' })).json(), { code: 'FST_BLOCKING_QUEUE_TIMEOUT' })
    const right = startHost(t, module, url, ['--version', '2.0.0'])
    await until('the right host is there', () => app.blocking.stats().hosts?.length === 1)
    t.equal((await app.inject({ url: '/where' })).json<{ process: number }>().process, right.child.pid)
  })

  t.test('says why a host cannot build the app, once for each reason', async (t) => {
    const { url } = await startBroker(t)
    const { lines, logger } = collect()
    await startServer(t, { servers: url, logger })
    const host = startHost(t, module, url, [], { FAILS: 'no database here' })
    const tries = () => host.lines.filter((line) => line.includes('could not be built')).length
    await until('the host has tried twice', () => tries() > 1)
    const told = lines.filter((line) => line.includes('gets no requests: '))
    t.equal(told.length, 1)
    t.match(told[0], /the app could not be built there: .*no database here/)
  })

  t.test('gives no request to a host whose module has another schema of a route', async (t) => {
    const { url } = await startBroker(t)
    const { lines, logger } = collect()
    const app = await startServer(t, { servers: url, logger, options: { queue: { timeout: 50 } } })
    startHost(t, module, url, [], { LONGEST_NAME: '20' })
    await until('the server refuses it', () => lines.some((line) => line.includes('has another app')))
    t.ok(lines.some((line) => line.includes('GET /named has another schema in the worker')))
    t.same(app.blocking.stats().hosts, [])
    t.match((await app.inject({ url: '/named?name=one' })).json(), { code: 'FST_BLOCKING_QUEUE_TIMEOUT' })
  })

  t.test('gives no request to a host whose module builds another app', async (t) => {
    const { url } = await startBroker(t)
    const { lines, logger } = collect()
    const app = await startServer(t, { servers: url, logger, options: { queue: { timeout: 50 } }, extra: true })
    startHost(t, module, url, [], { WITHOUT_EXTRA: '1' })
    await until('the server refuses it', () => lines.some((line) => line.includes('has another app')))
    t.same(app.blocking.stats().hosts, [])
    t.match((await app.inject({ url: '/where' })).json(), { code: 'FST_BLOCKING_QUEUE_TIMEOUT' })
  })
})

t.test('without threads there must be hosts', async (t) => {
  const boot = async (options: object) => { await Fastify().register(blocking, { app: module, ...options }) }
  const error = { code: 'FST_BLOCKING_INVALID_OPTION' }
  await t.rejects(boot({ pool: { maxThreads: 0 } }), error)
  await t.rejects(boot({ remote: {} as never }), error)
  for (const [where, options] of [['remote', {}], ['local', { pool: { maxThreads: 0 }, remote: nats({}) }]] as const) {
    const app = Fastify()
    await app.register(blocking, { app: module, ...options })
    t.teardown(() => app.close())
    t.throws(() => app.get('/', { blocking: { where } }, () => ''), error)
  }
})
