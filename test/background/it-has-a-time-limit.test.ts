import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, done, lines } from './fixtures/chores.js'

t.test('after which its thread is told', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held, grace: 100_000 } })
  t.teardown(() => app.close())
  t.equal((await app.inject('/worker/told')).statusCode, 200)
  await until('it has begun', () => done().includes('begun'))
  await limit.runOut()
  await until('it was told', () => done().includes('FST_BLOCKING_TIMEOUT'))
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.match(lines.filter(({ err }) => err !== undefined), [{ err: { code: 'FST_BLOCKING_TIMEOUT' } }])
  t.match(app.blocking.stats(), { completed: 1, failed: 0, killed: 0 })
})

t.test('and terminated if it goes on', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held, grace: 0 } })
  t.teardown(() => app.close())
  t.equal((await app.inject('/worker/deaf')).statusCode, 200)
  await until('it has begun', () => done().includes('begun'))
  await limit.runOut()
  t.equal((await app.inject('/worker/one')).statusCode, 200)
  await until('the next one is done', () => done().includes('only'))
  t.match(app.blocking.stats(), { completed: 2, failed: 0, killed: 1 })
  t.notOk(done().includes('never'))
})

t.test('as long as which it waits for a client that does not read', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await send((app.server.address() as AddressInfo).port, '/worker/large')
  socket.pause()
  await until('it is answered', () => app.blocking.stats().completed === 1)
  await limit.runOut()
  await until('it is done', () => done().includes('only'))
  t.same(done(), ['only'], 'and the response is not over')
  socket.destroy()
  await once(socket, 'close')
})
