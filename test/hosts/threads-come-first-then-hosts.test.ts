import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

t.test('a server with a thread of its own and a host', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  const host = startHost(t, module, url)
  const app = await startServer(t, { servers: url, options: { pool: { maxThreads: 1, execArgv: [], env: {} } } })
  await until('the host is there', () => app.blocking.stats().hosts!.some(({ roundTrip }) => roundTrip !== undefined))
  const placeOf = async (path: string) => Number((await app.inject({ url: path })).body)

  t.test('counts both', async (t) => {
    t.equal(app.blocking.stats().threads.live, 2)
  })

  t.test('uses the thread first, and the host when the thread is busy', async (t) => {
    const where = async () => (await app.inject({ url: '/where' })).json<{ process: number }>().process
    t.equal(await where(), process.pid)
    const busy = app.inject({ url: '/late?ms=300' }).then()
    await until('it runs', () => app.blocking.stats().threads.busy === 1)
    t.equal(await where(), host.child.pid)
    t.equal((await busy).body, 'late')
  })

  t.test('does as a route says, and what waits for the thread does not hold up what is for the host', async (t) => {
    t.equal(await placeOf('/remote'), host.child.pid)
    const order: string[] = []
    const note = (name: string) => (place: number) => { order.push(name); return place }
    const busy = app.inject({ url: '/late?ms=500' }).then()
    await until('it runs', () => app.blocking.stats().threads.busy === 1)
    const local = placeOf('/local').then(note('local'))
    t.equal(await placeOf('/remote').then(note('remote')), host.child.pid)
    t.equal(await local, process.pid)
    t.same(order, ['remote', 'local'])
    await busy
  })

  t.test('goes on without the host, but for what is only for hosts', async (t) => {
    host.kill('SIGKILL')
    await until('the host is gone', () => app.blocking.stats().hosts!.length === 0)
    t.equal(await placeOf('/local'), process.pid)
    const remote = placeOf('/remote')
    t.equal(await placeOf('/local'), process.pid)
    const other = startHost(t, module, url)
    t.equal(await remote, other.child.pid)
  })
})
