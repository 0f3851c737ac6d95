import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { get } from '../support/get.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

for (const does of ['standStill', 'wait']) {
  t.test(`close lets what runs finish, refuses what waits, and resolves when all threads have exited: ${does}`, async (t) => {
    const threads = new ThreadCount()
    const directory = t.testdir()
    const gate = join(directory, 'gate')
    const closed = join(directory, 'closed')
    const app = await build({
      server: { return503OnClosing: false },
      closes: { does: 'note', file: closed },
      plugin: { pool: { minThreads: 2, maxThreads: 2 } },
      routes: { '/run': { does }, '/tell': { does: 'tell' } }
    })
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })

    const running = [get(`${origin}/run?gate=${gate}`), get(`${origin}/run?gate=${gate}`)]
    await until('both run', () => app.blocking.stats().threads.busy === 2)
    await untilExists(`${gate}.started`)
    const waiting = [get(`${origin}/tell`), get(`${origin}/tell`), get(`${origin}/tell`)]
    await until('three wait', () => app.blocking.stats().queue === 3)

    let isClosed = false
    const close = app.close().then(() => { isClosed = true })
    for (const response of await Promise.all(waiting)) {
      t.equal(response.status, 503)
      t.ok(response.retryAfter)
      t.match(response.body, { code: 'FST_BLOCKING_CLOSING' })
    }
    t.notOk(isClosed, 'two still run')
    t.equal(threads.now, 2)
    writeFileSync(gate, '')
    for (const response of await Promise.all(running)) t.equal(response.status, 200)
    await close
    t.equal(threads.now, 0, 'all threads have exited')
    t.equal(threads.started, 2)
    t.equal(readFileSync(closed, 'utf8').trim().split('\n').length, 2, 'the onClose hooks of both replicas have run')
    t.match(app.blocking.stats(), { queue: 0, killed: 0, completed: 2, failed: 0, refused: 3, threads: { live: 0, busy: 0, starting: 0, exiting: 0 } })
  })
}

t.test('close waits for injected requests too, before the apps of the workers are closed', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const closed = join(directory, 'closed')
  const app = await build({
    closes: { does: 'note', file: closed },
    plugin: { grace: 60_000, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/wait': { does: 'wait' }, '/note': { does: 'note' } }
  })
  await app.inject(`/note?file=${closed}&text=before`)
  const waiting = app.inject(`/wait?gate=${gate}&file=${closed}`)
  await untilExists(`${gate}.started`)

  const close = app.close()
  await until('it closes', () => app.blocking.stats().threads.exiting === 1)
  // The worker's event loop is free: asked to close already, it would do so before.
  writeFileSync(gate, '')
  t.equal((await waiting).statusCode, 200)
  await close
  t.match(readFileSync(closed, 'utf8'), /^before\nwaited\nclosed \d+\n$/)
  t.equal(threads.now, 0)
})

t.test('after the grace period close tells what still runs, and in the end does not wait for it', async (t) => {
  const grace = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: held, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/mind': { does: 'hearSignal' }, '/still': { does: 'standStill' } }
  })
  await app.ready()
  const minding = app.inject(`/mind?gate=${gate}`)
  const still = app.inject(`/still?gate=${gate}-never`)
  await untilExists(`${gate}.started`)
  await untilExists(`${gate}-never.started`)

  const closed = app.close()
  await grace.runOut()
  t.equal((await minding).statusCode, 200)
  t.equal(readFileSync(gate, 'utf8'), 'FST_BLOCKING_CLOSING')
  await grace.runOut()
  const cut = await still
  t.equal(cut.statusCode, 503)
  t.match(cut.json(), { code: 'FST_BLOCKING_CLOSING' })
  await closed
  t.equal(threads.now, 0)
  t.equal(threads.started, 2)
})

t.test('a request on a socket that does not end is cut short as well, before the server waits for its connection', async (t) => {
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 100, timeout: 0, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' } }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const still = get(`${url}/still?gate=${gate}`)
  await untilExists(`${gate}.started`)

  await app.close()
  const { status, body } = await still
  t.equal(status, 503)
  t.match(body, { code: 'FST_BLOCKING_CLOSING' })
  t.equal(threads.now, 0)
})

t.test('close waits for a thread that was told to exit and is still in native code', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/native': { does: 'waitInNativeCode', blocking: { timeout: held } } }
  })
  await app.ready()
  const gate = createServer().listen(0, '127.0.0.1')
  t.teardown(() => gate.close())
  await once(gate, 'listening')
  const native = app.inject(`/native?port=${(gate.address() as AddressInfo).port}`).then()
  const [socket] = await once(gate, 'connection') as [Socket]
  await limit.runOut()
  t.equal((await native).statusCode, 503)
  await until('it is told to exit', () => app.blocking.stats().threads.exiting === 1)
  let isClosed = false
  const closed = app.close().then(() => { isClosed = true })
  await until('it closes', () => !app.blocking.stats().threads.live)
  t.notOk(isClosed)
  socket.end()
  await closed
  t.equal(threads.now, 0)
  t.equal(threads.started, 1, 'none was started in order to be closed')
})

const options = { plugin: { pool: { minThreads: 2, maxThreads: 3 } }, routes: { '/tell': { does: 'tell' }, '/still': { does: 'standStill' } } }

t.test('close while the first threads boot leaves none', async (t) => {
  const threads = new ThreadCount()
  const app = await build(options)
  t.match(app.blocking.stats().threads, { starting: 2, live: 0 })
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 2)
})

t.test('close while one more boots leaves none', async (t) => {
  const threads = new ThreadCount()
  const gate = `${t.testdir()}/never`
  const app = await build({ ...options, plugin: { ...options.plugin, grace: 50 } })
  await app.ready()
  const requests = Array.from({ length: 3 }, () => app.inject(`/still?gate=${gate}`))
  await until('one more boots', () => app.blocking.stats().threads.starting === 1)
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 3)
  t.same((await Promise.all(requests)).map(({ statusCode }) => statusCode), [503, 503, 503])
})

t.test('an app may be closed twice, at once and again', async (t) => {
  const threads = new ThreadCount()
  const app = await build({ plugin: { pool: { minThreads: 1, maxThreads: 2 } }, routes: { '/tell': { does: 'tell' } } })
  t.equal((await app.inject('/tell')).statusCode, 200)
  await Promise.all([app.close(), app.close()])
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 1)
})
