import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, createGate, done, isIdle, lines, open, shut, sides } from './fixtures/chores.js'
import { build as buildListened } from './fixtures/listened.js'

const gate = createGate()
const app = await build({ gate })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

t.beforeEach(async () => {
  await until('what was asked before is over', () => isIdle(app))
  lines.length = 0
  shut(gate)
})

for (const side of sides) {
  t.test(`in order, where the handler runs, while the visit has its thread: ${side}`, async (t) => {
    const { completed } = app.blocking.stats()
    const response = await fetch(`${origin}/${side}/two`)
    t.equal(response.status, 200)
    t.equal(await response.text(), 'sent')
    await until('the response is over', () => done().length > 0)
    t.same(done(), ['response'], 'nothing else before the gate opens')
    t.equal(app.blocking.stats().threads.busy, side === 'worker' ? 1 : 0)
    t.equal(app.blocking.stats().completed - completed, side === 'worker' ? 1 : 0)
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
    await app.inject(`/${side}/nested`)
    await until('both are done', () => done().includes('inner'))
    t.same(done().filter((did) => did !== 'response'), ['outer', 'inner'])
  })

  t.test(`of a stream, when that has ended: ${side}`, async (t) => {
    const response = await fetch(`${origin}/${side}/stream`)
    t.same(done(), [])
    open(gate)
    t.equal(await response.text(), 'begin end')
    await until('it is done', () => done().length === 3)
    t.same(done().slice(0, 1), ['streamed'])
    t.same(new Set(done()), new Set(['streamed', 'response', 'only']))
  })

  t.test(`not of a stream that breaks: ${side}`, async (t) => {
    const response = await fetch(`${origin}/${side}/broken`)
    open(gate)
    await t.rejects(response.text())
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
    await app.inject(`/${side}/nested`)
    await until('that of the next request is done', () => done().includes('inner'))
    t.notOk(done().includes('only'))
  })

  t.test(`it waits for a client that reads slowly: ${side}`, async (t) => {
    const socket = await send(port, `/${side}/large`)
    await once(socket, 'readable')
    const other = app.inject(`/${side}/one`)
    // There is one thread, and it is not free yet.
    if (side === 'worker') await until('the next request waits', () => app.blocking.stats().queue === 1)
    else await other
    socket.on('data', () => {})
    await other
    // Fastify counts requests in base 36.
    const numbers = (): number[] => lines.filter(({ did }) => did === 'only').map(({ reqId }) => parseInt(reqId.replace('req-', ''), 36))
    await until('both are done', () => numbers().length === 2)
    const [first, second] = numbers()
    t.equal(second! - first!, side === 'worker' ? 1 : -1)
    socket.destroy()
  })

  t.test(`a client that hangs up does not stop it: ${side}`, async () => {
    const closed = new Promise((resolve) => app.server.once('connection', (socket) => socket.once('close', resolve)))
    const socket = await send(port, `/${side}/large`)
    socket.once('readable', () => socket.destroy())
    await closed
    await until('it is done', () => done().includes('only'))
    await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  })
}

t.test('Node does not warn of the listeners on a response with background work of both sides, a stream, and one listener of the app\'s', async (t) => {
  const file = join(t.testdir(), 'notes')
  const warnings: Error[] = []
  const warned = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  const app = await buildListened({ file })
  t.teardown(() => app.close())
  app.addHook('onRequest', async (_request, reply) => { reply.raw.once('close', () => {}) })
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  t.equal(await (await fetch(origin)).text(), 'ab')
  const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  await until('both are done', () => notes().length === 2)
  t.same(notes().toSorted(), ['loop', 'worker'])
  await app.close()
  t.same(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'), [])
})
