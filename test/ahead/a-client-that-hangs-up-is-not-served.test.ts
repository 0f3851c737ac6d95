import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/mixed.js'

t.test('a request that waits at a thread does not run once its client has hung up', async (t) => {
  const app = await build({ threads: 1 })
  t.teardown(() => app.close())
  await app.ready()
  // A brief route by now, unless the machine is very slow; then they wait in the queue.
  for (let times = 1; times <= 200; times++) await app.inject('/count')

  for (let round = 0; round < 20; round++) {
    const gate = join(t.testdir(), 'gate')
    const stands = app.inject(`/count?gate=${gate}`).then()
    const abort = new AbortController()
    const hungUp = Array.from({ length: 3 }, async () => await t.rejects(app.inject({ url: '/count', signal: abort.signal })))
    await new Promise(setImmediate)
    abort.abort()
    await Promise.all(hungUp)
    writeFileSync(gate, '')
    t.same((await stands).json(), { times: 201 + round })
    await until('the worker has come to them', () => app.blocking.stats().threads.busy === 0)
  }
  t.match(app.blocking.stats(), { queue: 0, completed: 220, failed: 60 })
})
