import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'
import { build, createGate, done, isIdle, lines, open, sides } from './fixtures/chores.js'

t.test('it has a time limit', async (t) => {
  const app = await build({ plugin: { timeout: held, grace: 100_000 } })
  t.teardown(() => app.close())

  t.test('after which its thread is told', async (t) => {
    const limit = new HeldTimers(t)
    t.equal((await app.inject('/worker/told')).statusCode, 200)
    await until('it has begun', () => done().includes('begun'))
    await limit.runOut()
    await until('it was told', () => done().includes('FST_BLOCKING_TIMEOUT'))
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.match(lines.filter(({ err }) => err !== undefined), [{ err: { code: 'FST_BLOCKING_TIMEOUT' } }])
    t.match(app.blocking.stats(), { completed: 1, ...onlyCompleted, killed: 0 })
  })

  t.test('as long as which it waits for a client that does not read', async (t) => {
    const limit = new HeldTimers(t)
    await until('what was asked before is over', () => isIdle(app))
    lines.length = 0
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = await send((app.server.address() as AddressInfo).port, '/worker/large')
    socket.pause()
    await until('it is answered', () => app.blocking.stats().completed === 2)
    await limit.runOut()
    await until('it is done', () => done().includes('only'))
    t.same(done(), ['only'], 'and the response is not over')
    socket.destroy()
    await once(socket, 'close')
  })
})

t.test('and it is terminated if it goes on', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held, grace: 0 } })
  t.teardown(() => app.close())
  t.equal((await app.inject('/worker/deaf')).statusCode, 200)
  await until('it has begun', () => done().includes('begun'))
  await limit.runOut()
  t.equal((await app.inject('/worker/one')).statusCode, 200)
  await until('the next one is done', () => done().includes('only'))
  t.match(app.blocking.stats(), { completed: 2, ...onlyCompleted, killed: 1 })
  t.notOk(done().includes('never'))
})

for (const side of sides) {
  t.test(`closing waits for it as long as the grace period: ${side}`, async (t) => {
    const gate = createGate()
    const app = await build({ gate, plugin: { grace: 60_000 } })
    t.equal((await app.inject(`/${side}/two`)).statusCode, 200)
    let isClosed = false
    const closing = app.close().then(() => { isClosed = true })
    await until('it refuses', () => app.server.listening === false)
    t.notOk(isClosed)
    open(gate)
    await closing
    const own = lines.filter(({ isWorker }) => isWorker === (side === 'worker'))
    t.same(own.map(({ did }) => did), ['first', 'second', 'closed'], 'and then what it uses is closed')
  })

  t.test(`closing waits for it not longer than the grace period: ${side}`, async (t) => {
    const app = await build({ plugin: { grace: 100 } })
    t.equal((await app.inject(`/${side}/two`)).statusCode, 200)
    await app.close()
    t.notOk(done().includes('first'))
    t.equal(lines.some(({ err }) => err?.code === 'FST_BLOCKING_THREAD_LOST'), side === 'worker')
    const given = lines.filter(({ msg }) => msg === 'fastify-blocking: background work of 1 response was not done within 100 ms')
    t.equal(given.length, side === 'loop' ? 1 : 0, 'it was waited for once')
  })
}

t.test('its signal tells it that the app closes', async (t) => {
  const grace = new HeldTimers(t)
  const app = await build({ plugin: { grace: held } })
  t.equal((await app.inject('/worker/told')).statusCode, 200)
  await until('it has begun', () => done().includes('begun'))
  const closed = app.close()
  await grace.runOut()
  await closed
  t.ok(done().includes('FST_BLOCKING_CLOSING'))
})
