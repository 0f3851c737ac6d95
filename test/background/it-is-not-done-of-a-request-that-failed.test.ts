import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build as buildWithDependencies, told } from '../dependencies/fixtures/finality.js'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, done, isIdle, lines, sides } from './fixtures/chores.js'

t.test('asked for by a handler', async (t) => {
  const app = await build()
  t.teardown(() => app.close())

  t.beforeEach(async () => {
    await until('what was asked before is over', () => isIdle(app))
    lines.length = 0
  })

  for (const side of sides) {
    for (const [name, what] of Object.entries({ failed: 'that throws', sent: 'that sends an error' })) {
      t.test(`${what}: ${side}`, async (t) => {
        t.equal((await app.inject(`/${side}/${name}`)).statusCode, 500)
        // On one thread the second begins when all of the first is over.
        t.equal((await app.inject(`/${side}/one`)).statusCode, 200)
        await until('that of the next request is done', () => done().includes('only'))
        t.notOk(done().includes('never'))
      })
    }

    t.test(`but what its error handler asks for is: ${side}`, async (t) => {
      t.equal((await app.inject(`/${side}/handled`)).statusCode, 418)
      await until('it is done', () => done().includes('sorry'))
      t.notOk(done().includes('never'))
    })
  }

  t.test('nor where a hook on the loop makes an error of a worker\'s answer', async (t) => {
    t.equal((await app.inject('/worker/unsent')).statusCode, 500)
    t.equal((await app.inject('/worker/nested')).statusCode, 200)
    await until('that of the next request is done', () => done().includes('inner'))
    t.notOk(done().includes('only'))
  })
})

t.test('asked for by a dependency', async (t) => {
  const app = await buildWithDependencies()
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })

  const failing = ['handler', 'sent', 'handled', 'stream', ...sides.flatMap((side) => [`dependency-${side}`, `commit-${side}`])]
  const expected: Record<string, number> = { handler: 409, handled: 200, stream: 200 }

  for (const dependency of sides) {
    for (const handler of sides) {
      t.test(`nor if the client hangs up while the handler runs: on the ${dependency}, handler on the ${handler}`, async (t) => {
        const path = `/${dependency}/${handler}/background`
        const before = told().length
        const socket = await send((app.server.address() as AddressInfo).port, `${path}/waits`)
        await until('it waits', () => told().includes('waits', before))
        socket.destroy()
        await until('it is told', () => told().length === before + 2)
        await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
        t.equal((await fetch(`${origin}${path}/fine`)).status, 200)
        await until('that of the next request is done', () => told().includes(`done ${path}/fine`, before))
        t.same(told().slice(before), ['waits', `GET ${path}/waits: the client has hung up`, 'no error', `done ${path}/fine`])
      })

      t.test(`on the ${dependency}, handler on the ${handler}`, async (t) => {
        const path = `/${dependency}/${handler}/background`
        for (const name of failing) {
          const before = told().length
          const response = await fetch(`${origin}${path}/${name}`)
          t.equal(response.status, expected[name] ?? 500, name)
          await response.text().catch(() => {})
          await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
          t.equal((await fetch(`${origin}${path}/fine`)).status, 200)
          await until('that of the next request is done', () => told().includes(`done ${path}/fine`, before))
          t.same(told().slice(before), ['no error', `done ${path}/fine`], name)
        }
      })
    }
  }
})
