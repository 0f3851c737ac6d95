import { once, type EventEmitter } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

t.test('a running handler is told that its client has gone, and not killed', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const app = await build({
    plugin: { grace: 0, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/readSignal': { does: 'readSignal' }, '/hearSignal': { does: 'hearSignal' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  for (const [index, does] of ['readSignal', 'hearSignal'].entries()) {
    await t.test(does, async (t) => {
      const gate = join(directory, does)
      const before = (await app.inject('/tell')).json()

      const socket = await send((app.server.address() as AddressInfo).port, `/${does}?gate=${gate}`)
      await untilExists(`${gate}.started`)
      socket.destroy()
      await untilExists(gate)
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      t.equal(readFileSync(gate, 'utf8'), 'FST_BLOCKING_CLIENT_GONE')
      t.same((await app.inject('/tell')).json(), before, 'the same thread')
      t.equal(threads.started, 1)
      const count = index + 1
      t.match(app.blocking.stats(), { killed: 0, failed: 0, clientGone: count, completed: 2 * count })
    })
  }
})

t.test('the time limit holds for a request whose client has gone: it does not keep its thread for ever', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/loop': { does: 'loop', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  const socket = await send((app.server.address() as AddressInfo).port, `/loop?gate=${gate}`)
  await untilExists(`${gate}.started`)
  socket.destroy()
  await until('the loop has noticed', () => app.blocking.stats().clientGone === 1)
  t.equal(app.blocking.stats().killed, 0, 'hanging up does not kill')
  await limit.runOut()
  t.equal((await app.inject('/tell')).statusCode, 200)
  t.match(app.blocking.stats(), { killed: 1, failed: 0, timedOut: 0, clientGone: 1, completed: 1 })
  t.equal(threads.started, 2)
  t.equal(threads.most, 1)
})

t.test('of requests that came on one connection, those that waited when it broke are not run', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const file = join(directory, 'file')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' }, '/note': { does: 'note' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  const socket = connect(port, '127.0.0.1')
  const [peer] = await once(app.server, 'connection')
  const paths = [`/still?gate=${gate}`, `/note?file=${file}&text=1`, `/note?file=${file}&text=2`]
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''))
  await untilExists(`${gate}.started`)
  await until('two wait', () => app.blocking.stats().queue === 2)
  socket.destroy()
  await once(peer, 'close')
  writeFileSync(gate, '')

  t.equal((await app.inject('/tell')).statusCode, 200)
  t.notOk(existsSync(file), 'neither was run')
  t.match(app.blocking.stats(), { queue: 0, completed: 1, failed: 0, clientGone: 3, threads: { live: 1, busy: 0 } })
})

function countTimers (): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

t.test('1,000 clients that hang up, queued or running, leave nothing behind and restart no thread', async (t) => {
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const responses: Array<EventEmitter & { destroyed: boolean }> = []
  const app = await build({
    plugin: { grace: 0, timeout: 60_000, queue: { timeout: 60_000 }, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/still': { does: 'standStill' }, '/signal': { does: 'readSignal' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  app.addHook('onRequest', async (_request, { raw }) => { responses.push(raw) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const tellAll = async (): Promise<Set<number>> => {
    const told = await Promise.all(Array.from({ length: 40 }, () => app.inject('/tell')))
    return new Set(told.map((response) => response.json().threadId))
  }
  const before = await tellAll()
  t.equal(before.size, 2)
  responses.length = 0
  const timers = countTimers()
  const listeners = process.eventNames().map((name) => process.listenerCount(name))

  for (let round = 0; round < 10; round++) {
    // Two that run, one of which minds its client, and 98 that wait.
    const running = [await send(port, `/still?gate=${gate}-${round}`), await send(port, '/signal')]
    await until('two run', () => app.blocking.stats().threads.busy === 2)
    const waiting = await Promise.all(Array.from({ length: 98 }, () => send(port, '/tell')))
    await until('the others wait', () => app.blocking.stats().queue === 98)
    for (const socket of [...waiting, ...running]) socket.destroy()
    await until('none waits', () => app.blocking.stats().queue === 0)
    writeFileSync(`${gate}-${round}`, '')
    await until('none runs', () => app.blocking.stats().threads.busy === 0)
  }

  t.equal(responses.length, 1_000)
  await until('every response is over', () => responses.every(({ destroyed }) => destroyed))
  t.equal(Math.max(...responses.map((response) => response.listenerCount('close'))), 0, 'no listener is left')
  t.same(process.eventNames().map((name) => process.listenerCount(name)), listeners)
  // Fastify's connections have timers of their own.
  await until('every connection is closed', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'))
  await until('no timer is left', () => countTimers() <= timers)
  t.match(app.blocking.stats(), { queue: 0, killed: 0, failed: 0, clientGone: 1_000, completed: 40, threads: { live: 2, busy: 0, starting: 0, exiting: 0 } })
  t.same(await tellAll(), before, 'the same threads')
  t.equal(threads.started, 2)
})
