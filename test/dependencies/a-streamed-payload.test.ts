import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build } from './fixtures/chains.js'

const app = await build({ only: ['l', 'w', 'lwlw', 'LWLW'] })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const names = ['l0', 'w1', 'l2', 'w3']

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
