import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createGate, open } from '../background/fixtures/chores.js'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, lines, sides, told } from './fixtures/late.js'

const logged = (): string[] => lines.flatMap(({ err, msg }) => err === undefined ? [] : `${msg}: ${err.code ?? err.message}`)

for (const handler of sides) {
  t.test(`a time limit before the answer ends them with its error: handler on the ${handler}`, async (t) => {
    const limit = new HeldTimers(t)
    const gate = createGate()
    const app = await build({ gate, timeout: held })
    t.teardown(() => app.close())
    const answer = app.inject(`/worker/${handler}/alone/waits`)
    await until('the handler waits', () => told().includes('handler waits'))
    await limit.runOut()
    t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT' })
    open(gate)
    await until('it has ended', () => told().some((line) => line.startsWith('alone')))
    t.match(told().filter((line) => line.startsWith('alone')), [/^alone: .*did not answer within/])
  })

  t.test(`a thread waits for a client that reads slowly no longer than the time limit: handler on the ${handler}`, async (t) => {
    const limit = new HeldTimers(t)
    const app = await build({ timeout: held })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = await send((app.server.address() as AddressInfo).port, `/worker/${handler}/alone/large`)
    socket.pause()
    await until('it is answered', () => app.blocking.stats().completed === 1)
    t.equal(app.blocking.stats().threads.busy, 1)
    await limit.runOut()
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.match(told(), [/^alone: .*did not answer within/], 'and the response is not over')
    socket.destroy()
    await once(socket, 'close')
  })

  t.test(`one whose teardown takes too long is ended with its thread, and those on the loop are told: handler on the ${handler}`, async (t) => {
    const limit = new HeldTimers(t)
    const app = await build({ timeout: held, grace: 0 })
    t.teardown(() => app.close())
    // The last one is in the worker, and needs one on the loop.
    t.equal((await app.inject(`/worker/${handler}/fine?waits=third`)).statusCode, 200)
    await until('it waits', () => told().includes('third waits'))
    await limit.runOut()
    await until('that on the loop has ended', () => told().some((line) => line.startsWith('second')))
    t.match(told().filter((line) => line.startsWith('second')), [/^second: .*its worker thread ended/])
    t.same(told().filter((line) => line.startsWith('first')), [], 'a thread that is gone ends nothing')
    t.match(logged(), ['fastify-blocking: background work failed: FST_BLOCKING_TIMEOUT'])
  })

  t.test(`a thread that ends meanwhile is logged, and those on the loop are told: handler on the ${handler}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    t.equal((await app.inject(`/worker/${handler}/fine?exits=third`)).statusCode, 200)
    await until('that on the loop has ended', () => told().some((line) => line.startsWith('second')))
    t.match(told().filter((line) => line.startsWith('second')), [/^second: .*its worker thread ended/])
    t.match(logged(), ['fastify-blocking: background work failed: FST_BLOCKING_THREAD_LOST'])
  })

  for (const side of sides) {
    t.test(`closing waits for them: ${side}, handler on the ${handler}`, async (t) => {
      const gate = createGate()
      const app = await build({ gate, grace: 60_000 })
      app.addHook('onClose', async () => { app.log.info({ told: 'closed' }) })
      t.equal((await app.inject(`/${side}/${handler}/alone/fine?waits=alone`)).statusCode, 200)
      await until('it waits', () => told().includes('alone waits'))
      const closing = app.close()
      open(gate)
      await closing
      t.ok(told().includes(`alone on the ${side}`))
      if (side === 'loop') t.equal(told().at(-1), 'closed', 'what they use is closed after that')
    })
  }
}
