import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

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
