import t from 'tap'
import { Journal } from '../support/journal.js'
import { build, handlers } from './fixtures/chains.js'

const app = await build({ only: ['lwlw', 'LWLW'] })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const names = ['l0', 'w1', 'l2', 'w3']

for (const chain of ['lwlw', 'LWLW']) {
  for (const handler of handlers) {
    t.test(`a dependency answers: nothing after it runs, and what was open is ended first: /${chain}/${handler}`, async (t) => {
      for (const [index, name] of names.entries()) {
        for (const open of ['answer', 'redirect', 'answerAndReturn', 'redirectAndReturn']) {
          const journal = new Journal()
          const response = await fetch(`${origin}/${chain}/${handler}${journal.query({ [name]: { open } })}`, { redirect: 'manual' })
          t.same(journal.read(), [
            ...names.slice(0, index + 1).map((one) => `open ${one}`),
            ...names.slice(0, index).reverse().map((one) => `close ${one}`)
          ], `${name} ${open}`)
          if (open.startsWith('redirect')) {
            t.equal(response.status, 302)
            t.equal(response.headers.get('location'), '/login')
          } else {
            t.equal(response.status, 403)
            t.equal(response.headers.get('x-by'), name)
            t.same(await response.json(), { refused: name })
          }
        }
      }
    })

    t.test(`a dependency throws: the error handler of its side has the very error: /${chain}/${handler}`, async (t) => {
      for (const [index, name] of names.entries()) {
        const journal = new Journal()
        const response = await fetch(`${origin}/${chain}/${handler}${journal.query({ [name]: { open: 'throw' } })}`)
        const message = `${name} threw at open`
        t.equal(response.status, 409)
        t.same(await response.json(), { handled: message, isWorker: name.startsWith('w'), isRefused: true }, name)
        t.same(journal.read(), [
          ...names.slice(0, index + 1).map((one) => `open ${one}`),
          ...names.slice(0, index).reverse().flatMap((one) => [`${one} was thrown ${message}`, `close ${one}`]),
          `error handler ${message}`
        ])
      }
    })

    t.test(`a generator must yield once: /${chain}/${handler}`, async (t) => {
      for (const name of names) {
        const path = `${origin}/${chain}/${handler}`
        const nothing = new Journal()
        const none = await fetch(path + nothing.query({ [name]: { open: 'yieldNothing' } }))
        t.equal(none.status, 500)
        t.match(await none.json(), { code: 'FST_BLOCKING_YIELDED_NOTHING', handled: / did not yield/ }, name)
        t.notOk(nothing.read().includes('handle'))

        const twice = new Journal()
        const response = await fetch(path + twice.query({ [name]: { close: 'yieldTwice' } }))
        t.equal(response.status, 500)
        t.match(await response.json(), { code: 'FST_BLOCKING_YIELDED_TWICE' }, name)
        t.same(twice.read().filter((line) => line.startsWith('close')), names.toReversed().map((one) => `close ${one}`))
      }
    })
  }
}

t.test('nothing is still running', async (t) => {
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0, killed: 0 })
})
