import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/mixed.js'

t.test('a request that is prefetched does not run once its client has hung up', async (t) => {
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
  t.match(app.blocking.stats(), { queue: 0, completed: 220, failed: 0, clientGone: 60 })
})

t.test('brief requests among which some take their time are each answered once, and alone in their thread', async (t) => {
  const app = await build({ threads: 2 })
  t.teardown(() => app.close())
  await app.ready()
  let next = 0
  const wrong: string[] = []
  await Promise.all(Array.from({ length: 32 }, async () => {
    while (next < 4_000) {
      const number = next++
      const { statusCode, body } = await app.inject(`/${number % 97 === 0 ? 'long' : 'brief'}/${number}`)
      if (statusCode !== 200 || body !== `{"number":"${number}","atOnce":1}`) wrong.push(`${number}: ${statusCode} ${body}`)
    }
  }))
  t.same(wrong, [])
  await until('the workers have come to what was withdrawn', () => app.blocking.stats().threads.busy === 0)
  const { queue, completed, failed, wait, run, threads, killed } = app.blocking.stats()
  t.same({ queue, completed, failed, wait: wait.count, run: run.count }, { queue: 0, completed: 4_000, failed: 0, wait: 4_000, run: 4_000 })
  t.same({ ...threads, killed }, { starting: 0, live: 2, busy: 0, retired: 0, exiting: 0, killed: 0 })
})
