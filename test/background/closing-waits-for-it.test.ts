import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, createGate, done, lines, open, sides } from './fixtures/chores.js'

for (const side of sides) {
  t.test(`as long as the grace period: ${side}`, async (t) => {
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

  t.test(`and not longer: ${side}`, async (t) => {
    const app = await build({ plugin: { grace: 100 } })
    t.equal((await app.inject(`/${side}/two`)).statusCode, 200)
    await app.close()
    t.notOk(done().includes('first'))
    t.equal(lines.some(({ err }) => err?.code === 'FST_BLOCKING_THREAD_LOST'), side === 'worker')
    const given = lines.filter(({ msg }) => msg === 'fastify-blocking: background work of 1 response was not done within 100 ms')
    t.equal(given.length, side === 'loop' ? 1 : 0, 'it was waited for once')
  })
}

t.test('its signal tells it', async (t) => {
  const grace = new HeldTimers(t)
  const app = await build({ plugin: { grace: held } })
  t.equal((await app.inject('/worker/told')).statusCode, 200)
  await until('it has begun', () => done().includes('begun'))
  const closed = app.close()
  await grace.runOut()
  await closed
  t.ok(done().includes('FST_BLOCKING_CLOSING'))
})
