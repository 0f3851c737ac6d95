import t from 'tap'
import { Journal } from '../support/journal.js'
import { build, handlers } from './fixtures/chains.js'

const app = await build({ only: ['lwl'] })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

t.test('what a worker cannot answer with is thrown into the generators', async (t) => {
  for (const handler of handlers.filter((name) => name.startsWith('blocking'))) {
    const journal = new Journal()
    const response = await fetch(`${origin}/lwl/${handler}${journal.query({ handler: { payload: 'uncloneable' } })}`)
    t.equal(response.status, 500)
    const { handled } = await response.json() as { handled: string }
    t.same(journal.read(), [
      'open l0', 'open w1', 'open l2', 'handle',
      ...['l2', 'w1', 'l0'].flatMap((name) => [`${name} was thrown ${handled}`, `close ${name}`]),
      `error handler ${handled}`
    ], handler)
  }
})

for (const payload of ['number', 'badHeader']) {
  t.test(`what Fastify refuses to send is an error of that request alone: ${payload}`, async (t) => {
    for (const handler of handlers.filter((name) => !name.startsWith('blocking') || payload === 'badHeader')) {
      const journal = new Journal()
      const response = await fetch(`${origin}/lwl/${handler}${journal.query({ handler: { payload } })}`)
      t.equal(response.status, 500, handler)
      t.equal(journal.read().filter((line) => line.startsWith('close')).length, 3)
    }
  })
}

t.test('nothing is still running', async (t) => {
  t.match(app.blocking.stats(), { threads: { busy: 0, live: 1 }, queue: 0, killed: 0 })
})
