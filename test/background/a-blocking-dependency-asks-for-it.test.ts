import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, createGate, done, lines, open, shut } from './fixtures/chores.js'

/* The handler is on the loop. Of a handler in a worker it is work like any other. */

const gate = createGate()
const app = await build({ gate })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

t.beforeEach(async () => {
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  lines.length = 0
  shut(gate)
})

t.test('it is done in the worker after the response, in order, and the visit has its thread until then', async (t) => {
  const response = await fetch(`${origin}/dependency`)
  t.equal(await response.text(), 'sent')
  await until('the response is over', () => done().includes('response'))
  t.same(done(), ['handled', 'response'], 'nothing else before the gate opens')
  t.equal(app.blocking.stats().threads.busy, 1)
  open(gate)
  await until('both are done', () => done().length === 4)
  t.same(done(), ['handled', 'response', 'first', 'second'])
  t.same(lines.slice(-2).map(({ isWorker }) => isWorker), [true, true])
  t.equal(new Set(lines.filter(({ did }) => did !== undefined).map(({ reqId }) => reqId)).size, 1, 'by the logger of the request')
})

t.test('of a stream of the handler, when that has ended', async (t) => {
  const response = await fetch(`${origin}/dependency/stream`)
  open(gate)
  t.equal(await response.text(), 'begin end')
  await until('both are done', () => done().includes('second'))
  t.equal(done()[0], 'streamed')
})

t.test('not if the client hangs up before it has an answer', async (t) => {
  open(gate)
  const socket = await send((app.server.address() as AddressInfo).port, '/dependency/waits')
  await until('the handler runs', () => done().includes('waits'))
  t.equal(app.blocking.stats().threads.busy, 1)
  socket.destroy()
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.equal((await fetch(`${origin}/worker/one`)).status, 200)
  await until('that of the next request is done', () => done().includes('only'))
  t.notOk(done().includes('first'))
})

t.test('the time limit of the route holds for the handler too, and after it nothing is done', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held, grace: 0 } })
  t.teardown(() => app.close())
  const answer = app.inject('/dependency/waits')
  await until('the handler runs', () => done().includes('waits'))
  await limit.runOut()
  t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT' })
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.equal((await app.inject('/worker/one')).statusCode, 200)
  await until('that of the next request is done', () => done().includes('only'))
  t.notOk(done().includes('first'))
})
