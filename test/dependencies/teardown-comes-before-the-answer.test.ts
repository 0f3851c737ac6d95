import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { Journal } from '../support/journal.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'
import { build, chains, handlers } from './fixtures/chains.js'

const failing = ['ll', 'LL', 'ww', 'WW', 'lwlw', 'LWLW']
const log = new Journal()
const app = await build({ only: [...new Set([...chains, ...failing])], log: log.file })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const namesOf = (chain: string): string[] => [...chain.toLowerCase()].map((letter, index) => `${letter}${index}`)

t.test('what has been begun is ended, once, last in first out, before the client has its answer', async (t) => {
  for (const chain of chains) {
    const names = namesOf(chain)
    for (const handler of handlers) {
      const journal = new Journal()
      const response = await fetch(`${origin}/${chain}/${handler}${journal.query()}`)
      t.same(journal.read(), [
        ...names.map((name) => `open ${name}`),
        'handle',
        ...names.toReversed().map((name) => `close ${name}`)
      ], `/${chain}/${handler}`)
      t.equal(response.status, 200)
      t.same(await response.json(), { last: names.at(-1), isWorker: handler.startsWith('blocking') })
    }
  }
  t.match(app.blocking.stats(), { threads: { busy: 0 }, queue: 0, killed: 0, ...onlyCompleted })
})

t.test('not a byte of the answer leaves before', async (t) => {
  for (const handler of handlers) {
    for (const name of ['w3', 'l2', 'w1', 'l0']) {
      const journal = new Journal()
      let answered = false
      const response = fetch(`${origin}/lwlw/${handler}${journal.query({ [name]: { close: 'wait' } })}`).then((response) => {
        answered = true
        return response
      })
      await journal.begun(name, 'close')
      // The next request's answer would come after the first one's bytes.
      t.equal((await fetch(`${origin}/unknown`)).status, 404)
      t.notOk(answered, `/lwlw/${handler} ${name}`)
      journal.go()
      t.equal((await response).status, 200)
    }
  }
})

let logged = 0

for (const chain of failing) {
  t.test(`several teardowns fail: the last of the errors is answered, and the others are logged, each once: ${chain}`, async (t) => {
    const names = namesOf(chain)
    for (const handler of handlers) {
      const journal = new Journal()
      const response = await fetch(`${origin}/${chain}/${handler}${journal.query(Object.fromEntries(names.map((name) => [name, { close: 'throw' }])))}`)
      t.equal(response.status, 409, handler)
      t.match(await response.json(), { handled: `${names[0]} threw at close` })
      const lines = log.read().slice(logged).map((line) => JSON.parse(line) as { level: number, err: { message: string }, msg: string })
      logged += lines.length
      t.same(lines.map(({ err }) => err.message), names.slice(1).reverse().map((name) => `${name} threw at close`))
      for (const { level, msg } of lines) {
        t.equal(level, 50)
        t.match(msg, 'fastify-blocking: an error beside that of the teardown of dependency last')
      }
      t.same(journal.read().filter((line) => line.includes('was thrown')), names.slice(0, -1).reverse().map((name, index) => `${name} was thrown ${names.at(-1 - index)} threw at close`))
    }
  })
}

const names = namesOf('lwlw')

for (const chain of ['lwlw', 'LWLW']) {
  for (const payload of ['stream', 'webStream']) {
    for (const handler of ['sync', 'async', 'send', 'blocking', 'blockingAsync', 'blockingSend']) {
      t.test(`what is open is ended when the stream has ended: /${chain}/${handler} ${payload}`, async (t) => {
        const journal = new Journal()
        const response = await fetch(`${origin}/${chain}/${handler}${journal.query({ handler: { payload } })}`)
        await journal.begun('handler', 'payload')
        t.notOk(journal.read().some((line) => line.startsWith('close')), 'the client has had the first piece')
        journal.go()
        t.equal(await response.text(), 'firstlast')
        await until('all is ended', () => journal.read().includes('close l0'))
        t.same(journal.read(), [...names.map((name) => `open ${name}`), 'handle', 'streamed', ...names.toReversed().map((name) => `close ${name}`)])
      })

      t.test(`and when the client has hung up: /${chain}/${handler} ${payload}`, async (t) => {
        const journal = new Journal()
        const socket = await send((app.server.address() as AddressInfo).port, `/${chain}/${handler}${journal.query({ handler: { payload } })}`)
        await journal.begun('handler', 'payload')
        socket.destroy()
        // In a worker what is open is in use until the stream has noticed.
        if (handler.startsWith('blocking')) journal.go()
        await until('all is ended', () => journal.read().includes('close l0'))
        journal.go()
        t.same(journal.read().filter((line) => line.startsWith('close')), names.toReversed().map((name) => `close ${name}`))
      })

      t.test(`and when the stream goes wrong: /${chain}/${handler} ${payload}`, async (t) => {
        const journal = new Journal()
        const response = await fetch(`${origin}/${chain}/${handler}${journal.query({ handler: { payload, stream: 'throw' } })}`)
        journal.go()
        await t.rejects(response.text())
        await until('all is ended', () => journal.read().includes('close l0'))
        t.same(journal.read().filter((line) => line.startsWith('close')), names.toReversed().map((name) => `close ${name}`))
      })
    }
  }
}

t.test('nothing is still running', async (t) => {
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
  t.match(app.blocking.stats(), { threads: { live: 1 }, queue: 0, killed: 0 })
})
