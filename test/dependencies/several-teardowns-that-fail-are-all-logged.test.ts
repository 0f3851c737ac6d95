import t from 'tap'
import { Journal } from '../support/journal.js'
import { build, handlers } from './fixtures/chains.js'

const only = ['ll', 'LL', 'ww', 'WW', 'lwlw', 'LWLW']
const log = new Journal()
const app = await build({ only, log: log.file })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
let logged = 0

for (const chain of only) {
  t.test(`the last of the errors is answered, and the others are logged, each once: ${chain}`, async (t) => {
    const names = [...chain.toLowerCase()].map((letter, index) => `${letter}${index}`)
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
