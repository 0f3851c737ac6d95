import t from 'tap'
import { until } from '../support/until.js'
import { build, createGate, done, lines, open, sides } from './fixtures/chores.js'

for (const side of sides) {
  t.test(`in order, where the handler runs, while the visit has its thread: ${side}`, async (t) => {
    const gate = createGate()
    const app = await build({ gate })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const response = await fetch(`${origin}/${side}/two`)
    t.equal(response.status, 200)
    t.equal(await response.text(), 'sent')
    await until('the response is over', () => done().length > 0)
    t.same(done(), ['response'], 'nothing else before the gate opens')
    t.equal(app.blocking.stats().threads.busy, side === 'worker' ? 1 : 0)
    t.match(app.blocking.stats(), { completed: side === 'worker' ? 1 : 0 })
    open(gate)
    await until('both are done', () => done().length === 3)
    t.same(done(), ['response', 'first', 'second'])
    const own = lines.filter(({ did }) => did !== undefined)
    t.same(own.map(({ isWorker }) => isWorker), [undefined, side === 'worker', side === 'worker'])
    t.equal(new Set(own.map(({ reqId }) => reqId)).size, 1, 'by the logger of the request')
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    t.equal((await fetch(`${origin}/${side}/two`)).status, 200, 'for the next one')
    await until('that is done too', () => done().length === 6)
  })

  t.test(`what it asks for itself is done after it: ${side}`, async (t) => {
    const app = await build()
    t.teardown(() => app.close())
    await app.inject(`/${side}/nested`)
    await until('both are done', () => done().includes('inner'))
    t.same(done().filter((did) => did !== 'response'), ['outer', 'inner'])
  })

  t.test(`of a stream, when that has ended: ${side}`, async (t) => {
    const gate = createGate()
    const app = await build({ gate })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const response = await fetch(`${origin}/${side}/stream`)
    t.same(done(), [])
    open(gate)
    t.equal(await response.text(), 'begin end')
    await until('it is done', () => done().length === 3)
    t.same(done().slice(0, 1), ['streamed'])
    t.same(new Set(done()), new Set(['streamed', 'response', 'only']))
  })

  t.test(`not of a stream that breaks: ${side}`, async (t) => {
    const gate = createGate()
    const app = await build({ gate })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const response = await fetch(`${origin}/${side}/broken`)
    open(gate)
    await t.rejects(response.text())
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    await app.inject(`/${side}/nested`)
    await until('that of the next request is done', () => done().includes('inner'))
    t.notOk(done().includes('only'))
  })
}
