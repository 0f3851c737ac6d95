import { EventEmitter } from 'node:events'
import t from 'tap'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'
import { build } from './fixtures/beside.js'

const events = new EventEmitter()
const logged: string[] = []
const handled: string[] = []
let ended = 0
events.on('log', ({ err }: { err: Error }) => logged.push(err.message))
events.on('handled', ({ message }: Error) => handled.push(message))
events.on('ended', () => ended++)

const app = await build({ events })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

for (const path of ['/loop', '/teardown', '/worker', '/callback', '/last']) {
  // What is returned by an asynchronous one is awaited until it has been sent, so nothing can come out of the others before.
  for (const url of [`${path}/sync?hold`, `${path}/sync`, `${path}/async`]) {
    t.test(`a dependency has answered when one beside it throws: that is logged, and nothing else: ${url}`, async (t) => {
      const response = await fetch(origin + url)
      t.equal(response.status, 403)
      t.same(await response.json(), { refused: true })
      await until('the error is logged', () => logged.length > 0)
      t.same(logged.splice(0), ['the lookup failed'])
      t.same(handled.splice(0), [])
      t.equal(ended, path === '/loop' ? 0 : 1, 'torn down once')
      ended = 0
    })
  }
}

t.test('of two that throw, the first one is answered, and the second logged', async (t) => {
  const response = await fetch(`${origin}/both`)
  t.equal(response.status, 500)
  t.same(await response.json(), { message: 'the first failed' })
  t.same(handled.splice(0), ['the first failed'])
  t.same(logged.splice(0), ['the second failed'])
})

t.test('of two that have waited for the same value, the second does not begin when the first throws', async (t) => {
  events.once('charged', () => { t.fail('it has begun') })
  t.equal((await app.inject('/charge')).json().message, 'refused')
})

t.test('nothing is still running', async (t) => {
  t.match(app.blocking.stats(), { queue: 0, killed: 0, ...onlyCompleted, threads: { live: 1, busy: 0 } })
})
