import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

interface Line { msg: string, reqId?: string }

t.test('a worker host', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  const host = startHost(t, module, url)
  const lines: Line[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line) as Line) } }
  const app = await startServer(t, { servers: url, logger: { stream } })
  const get = (path: string) => app.inject({ url: path })

  t.test('runs a handler in a thread of its own', async (t) => {
    const { process: pid, isMainThread } = (await get('/where')).json()
    t.equal(pid, host.child.pid)
    t.equal(isMainThread, false)
  })

  t.test('gets bodies, and gives answers and errors as they are', async (t) => {
    const payload = { text: 'ü', list: [1, 2, { a: null }] }
    t.same((await app.inject({ method: 'POST', url: '/echo', payload })).json(), payload)
    const refused = await get('/refused')
    t.equal(refused.statusCode, 418)
    t.match(refused.json(), { code: 'TEAPOT', message: 'no' })
  })

  t.test('runs offloaded functions, and calls the loop, also while a thread waits', async (t) => {
    t.equal((await get('/double')).body, '42')
    t.equal((await get('/asks')).body, `asked on the loop of ${process.pid}`)
    t.equal((await get('/waits')).body, `waited on the loop of ${process.pid}`)
  })

  t.test('is shown in stats()', async (t) => {
    await until('the round trip is known', () => app.blocking.stats().hosts?.[0]?.roundTrip !== undefined)
    const { hosts, threads } = app.blocking.stats()
    t.match(hosts, [{ slots: 1, version: String, name: new RegExp(`${host.child.pid}$`) }])
    t.equal(threads.live, 1)
  })

  t.test('writes log lines by the logger of the server', async (t) => {
    await get('/logs')
    await until('the line is there', () => lines.some(({ msg, reqId }) => msg === 'a line of a handler' && reqId !== undefined))
    t.notOk(host.lines.some((line) => line.includes('a line of a handler')))
  })

  t.test('gets nothing that stays in its process: a coded error', async (t) => {
    t.match((await get('/shared')).json(), { code: 'FST_BLOCKING_NOT_CLONEABLE' })
    t.equal((await get('/double')).body, '42')
  })
})
