import t from 'tap'
import { Journal } from '../support/journal.js'
import { build, chains, handlers } from './fixtures/chains.js'

t.test('what has been begun is ended, once, last in first out, before the client has its answer', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const chain of chains) {
    const names = [...chain.toLowerCase()].map((letter, index) => `${letter}${index}`)
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
  t.match(app.blocking.stats(), { threads: { busy: 0 }, queue: 0, killed: 0, failed: 0 })
})

t.test('not a byte of the answer leaves before', async (t) => {
  const app = await build({ only: ['lwlw'] })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
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
