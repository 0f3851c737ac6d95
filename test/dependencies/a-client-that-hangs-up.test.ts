import { type EventEmitter, once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import t, { type Test } from 'tap'
import { send } from '../support/hang-up.js'
import { type Does, Journal } from '../support/journal.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'

const log = new Journal()
const app = await build({ plugin: { grace: 0 }, only: ['l', 'w', 'lwlw', 'LWLW', 'lwl'], route: { blocking: { timeout: 0 } }, log: log.file })
t.teardown(() => app.close())
const closed = new WeakMap<EventEmitter, Promise<void>>()
let response: EventEmitter | undefined
app.addHook('onRequest', async (_request, { raw }) => {
  response = raw
  closed.set(raw, new Promise((resolve) => { raw.once('close', resolve) }))
})
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo
const { threadId } = (await app.inject('/thread')).json() as { threadId: number }

const answered = ['l', 'w', 'lwlw', 'LWLW']
let requests = 0

/** Hangs up when all of the answer has come, and waits until the server has noticed. */
async function hangUpAfter (path: string, last: string): Promise<string> {
  const connected = once(app.server, 'connection') as Promise<[Socket]>
  const socket = await send(port, path)
  const [accepted] = await connected
  const noticed = new Promise((resolve) => { accepted.once('close', resolve) })
  let answer = ''
  for await (const piece of socket.setEncoding('utf8')) {
    answer += piece as string
    if (answer.endsWith(last)) break
  }
  socket.destroy()
  await noticed
  requests++
  return answer
}

for (const chain of answered) {
  t.test(`a client that hangs up when it has its answer changes nothing: ${chain}`, async (t) => {
    const names = [...chain.toLowerCase()].map((letter, index) => `${letter}${index}`)
    const ended = [...names.map((name) => `open ${name}`), 'handle', ...names.toReversed().map((name) => `close ${name}`)]
    for (const handler of handlers) {
      const journal = new Journal()
      t.match(await hangUpAfter(`/${chain}/${handler}${journal.query()}`, '}'), /^HTTP\/1.1 200 /)
      t.same(journal.read(), ended, handler)
      if (handler.startsWith('blocking')) continue

      const streamed = new Journal()
      streamed.go()
      t.match(await hangUpAfter(`/${chain}/${handler}${streamed.query({ handler: { payload: 'stream' } })}`, '0\r\n\r\n'), /^HTTP\/1.1 200 /)
      await until('it is torn down', () => streamed.read().includes(`close ${names[0]}`))
      t.same(streamed.read().filter((line) => line !== 'streamed'), ended, `${handler}, a stream`)
    }
  })
}

t.test('nothing was logged, and no request has failed', async (t) => {
  t.same(log.read(), [])
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
  t.match(app.blocking.stats(), { queue: 0, killed: 0, ...onlyCompleted, threads: { live: 1 } })
  t.equal(requests, answered.length * (handlers.length + 3))
})

/** Sends a request, hangs up when it has come to where it is told to wait, and lets it go on. Gives what it has done. */
async function hangUp (path: string, does: Does, [name, step]: [name: string, step: string], t: Test): Promise<string[]> {
  const journal = new Journal()
  const opened = (): number => journal.read().filter((line) => line.startsWith('open')).length
  const ended = (): number => journal.read().filter((line) => line.startsWith('close')).length
  const socket = await send(port, path + journal.query(does))
  await journal.begun(name, step)
  const raw = response!
  socket.destroy()
  await closed.get(raw)
  journal.go()
  await until(`${path} is torn down at ${name}.${step}: ${journal.read().join()}`, () => ended() === opened() - (does[name]?.open === 'throw' ? 1 : 0))
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
  t.match(app.blocking.stats(), { queue: 0, killed: 0, threads: { live: 1 } })
  t.same(raw.listeners('close').map(String).filter((listener) => listener.includes('this.#')), [], 'no listener of this package is left on the response')
  const lines = journal.read()
  const closes = lines.filter((line) => line.startsWith('close'))
  t.equal(new Set(closes).size, closes.length, `once each: ${path} ${name}.${step}`)
  return lines
}

const names = ['l0', 'w1', 'l2', 'w3']

for (const chain of ['lwlw', 'LWLW']) {
  for (const handler of handlers) {
    t.test(`a client hangs up while a dependency is made: /${chain}/${handler}`, async (t) => {
      for (const [index, name] of names.entries()) {
        if (chain === 'LWLW' && name.startsWith('l')) continue
        const lines = await hangUp(`/${chain}/${handler}`, { [name]: { open: 'wait' } }, [name, 'open'], t)
        t.same(lines.filter((line) => line.startsWith('open')).slice(0, index + 1), names.slice(0, index + 1).map((one) => `open ${one}`))
        const order = lines.filter((line) => line.startsWith('close')).map((line) => line.slice(6))
        t.same(order, order.toSorted().sort((a, b) => Number(b[1]) - Number(a[1])), 'last in, first out')
        if (name.startsWith('l')) t.notOk(lines.includes('handle'))
      }
    })

    t.test(`a client hangs up while the handler runs: /${chain}/${handler}`, async (t) => {
      if (handler === 'sync') return // nobody can, meanwhile
      const lines = await hangUp(`/${chain}/${handler}`, { handler: { run: 'wait' } }, ['handler', 'run'], t)
      t.same(lines.filter((line) => line.startsWith('close') || line.includes(' was thrown')), names.toReversed().flatMap((one) => [
        `${one} was thrown GET /${chain}/${handler}: the client has hung up`,
        `close ${one}`
      ]))
    })

    t.test(`a client hangs up while it is torn down: /${chain}/${handler}`, async (t) => {
      for (const name of names) {
        if (chain === 'LWLW' && name.startsWith('l')) continue
        const lines = await hangUp(`/${chain}/${handler}`, { [name]: { close: 'wait' } }, [name, 'close'], t)
        t.same(lines.filter((line) => line.startsWith('close')), names.toReversed().map((one) => `close ${one}`), name)
      }
    })
  }
}

t.test('a client hangs up while its request waits for a thread, with a generator open on the loop', async (t) => {
  for (const handler of handlers) {
    const first = new Journal()
    const before = app.inject(`/w/blocking${first.query({ handler: { run: 'wait' } })}`)
    await first.begun('handler', 'run')
    const journal = new Journal()
    const socket = await send(port, `/lwl/${handler}${journal.query()}`)
    await until('it waits', () => app.blocking.stats().queue === 1)
    socket.destroy()
    await until('it does not wait', () => app.blocking.stats().queue === 0)
    await until('it is torn down', () => journal.read().includes('close l0'))
    t.same(journal.read(), ['open l0', `l0 was thrown GET /lwl/${handler}: the client has hung up`, 'close l0'])
    first.go()
    t.equal((await before).statusCode, 200)
  }
})

t.test('the thread is the same as ever', async (t) => {
  t.same((await app.inject('/thread')).json(), { threadId })
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0, killed: 0 })
})
