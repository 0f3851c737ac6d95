import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { build } from './fixtures/exit-handlers.js'

const one = { minThreads: 1, maxThreads: 1 }

function readSum (file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').reduce((sum, line) => sum + Number(line), 0) : 0
}

async function buildFor (t: Test, options: object) {
  const file = join(t.testdir(), 'requests')
  const app = await build({ file, ...options })
  t.teardown(() => app.close())
  return { app, file }
}

t.test('when the server closes', async (t) => {
  const { app, file } = await buildFor(t, { plugin: { pool: one } })
  for (let i = 0; i < 3; i++) t.equal((await app.inject('/')).statusCode, 200)
  await app.close()
  t.equal(readSum(file), 3)
})

t.test('when threads are recycled', async (t) => {
  const { app, file } = await buildFor(t, { plugin: { pool: one, recycle: { requests: 2 } } })
  while (app.blocking.stats().recycled < 2) await app.inject('/')
  await app.close()
  t.equal(readSum(file), app.blocking.stats().completed)
})

t.test('when a thread is retired', async (t) => {
  const limit = new HeldTimers(t)
  const { app, file } = await buildFor(t, { limit: held, plugin: { pool: one, grace: 20 } })
  const answer = app.inject('/never').then()
  await untilExists(`${file}.begun`)
  await limit.runOut()
  t.equal((await answer).statusCode, 503)
  await until('it is gone', () => readSum(file) === 1)
  t.match(app.blocking.stats(), { killed: 0 })
})

t.test('when an idle thread is closed', async (t) => {
  const { app, file } = await buildFor(t, { plugin: { pool: { minThreads: 1, maxThreads: 2, idleTimeout: 20 } } })
  await until('there are two', () => {
    app.inject('/').then(() => {})
    return app.blocking.stats().threads.live === 2
  })
  // Whoever has been answered lets a thread be looked at.
  while (app.blocking.stats().threads.live > 1) await app.inject('/')
  await app.close()
  t.equal(readSum(file), app.blocking.stats().completed)
})

t.test('and the exit code that a worker has set is that of the process', async (t) => {
  const before = process.exitCode
  t.teardown(() => { process.exitCode = before })
  process.exitCode = undefined
  const { app } = await buildFor(t, { code: 7, plugin: { pool: one } })
  t.equal((await app.inject('/')).statusCode, 200)
  await app.close()
  t.equal(process.exitCode, 7)
  process.exitCode = before
})

t.test('unless that has one', async (t) => {
  const before = process.exitCode
  t.teardown(() => { process.exitCode = before })
  process.exitCode = 0
  const { app } = await buildFor(t, { code: 7, plugin: { pool: one } })
  t.equal((await app.inject('/')).statusCode, 200)
  await app.close()
  t.equal(process.exitCode, 0)
})
