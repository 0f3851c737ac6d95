import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { onlyCompleted } from '../support/outcomes.js'
import { until } from '../support/until.js'

t.test('concurrency limits one route\'s share of the threads, while others pass', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/share': { does: 'standStill', blocking: { concurrency: 1 } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()

  const gates = [0, 1, 2].map((index) => `${gate}${index}`)
  const shares = gates.map((one) => app.inject(`/share?gate=${one}`))
  await until('one runs', () => app.blocking.stats().threads.busy === 1)
  await until('two wait', () => app.blocking.stats().queue === 2)
  for (let round = 0; round < 20; round++) {
    t.equal((await app.inject('/tell')).statusCode, 200)
    if (app.blocking.stats().queue !== 2) t.fail('a second one has entered')
  }
  for (const [index, one] of gates.entries()) {
    writeFileSync(one, '')
    t.equal((await shares[index])?.statusCode, 200)
    t.equal(app.blocking.stats().queue, Math.max(0, 1 - index), 'the next one has taken its place')
  }
  t.match(app.blocking.stats(), { queue: 0, completed: 23, ...onlyCompleted, routes: { 'GET /share': { completed: 3 }, 'GET /tell': { completed: 20 } } })
})

t.test('requests that wait for one of their own route start no thread', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 4 } },
    routes: { '/share': { does: 'standStill', blocking: { concurrency: 1 } }, '/stand': { does: 'standStill' } }
  })
  t.teardown(() => app.close())
  await app.ready()

  const shares = [app.inject(`/share?gate=${gate}`)]
  await until('one runs', () => app.blocking.stats().threads.busy === 1)
  shares.push(app.inject(`/share?gate=${gate}`), app.inject(`/share?gate=${gate}`))
  await until('two wait', () => app.blocking.stats().queue === 2)
  const other = app.inject(`/stand?gate=${gate}`)
  await until('a thread starts for it', () => app.blocking.stats().threads.starting > 0)
  shares.push(app.inject(`/share?gate=${gate}`))
  await until('it waits', () => app.blocking.stats().queue >= 3)
  await until('the other one runs', () => app.blocking.stats().threads.busy === 2)
  const { starting, live } = app.blocking.stats().threads
  t.same({ starting, live }, { starting: 0, live: 2 })

  writeFileSync(gate, '')
  for (const { statusCode } of await Promise.all([...shares, other])) t.equal(statusCode, 200)
})
