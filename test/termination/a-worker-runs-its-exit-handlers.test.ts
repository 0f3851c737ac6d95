import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { repeatUntil } from '../support/retry.js'
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

t.test('exit handlers of a worker run when the server closes', async (t) => {
  const { app, file } = await buildFor(t, { plugin: { pool: one } })
  for (let i = 0; i < 3; i++) t.equal((await app.inject('/')).statusCode, 200)
  await app.close()
  t.equal(readSum(file), 3)
})

t.test('exit handlers of a worker run when threads are recycled', async (t) => {
  const { app, file } = await buildFor(t, { plugin: { pool: one, recycle: { requests: 2 } } })
  await repeatUntil('two are recycled', () => app.blocking.stats().recycled >= 2, () => app.inject('/').then())
  await app.close()
  t.equal(readSum(file), app.blocking.stats().completed)
})

t.test('exit handlers of a worker run when a thread is retired', async (t) => {
  const limit = new HeldTimers(t)
  const { app, file } = await buildFor(t, { limit: held, plugin: { pool: one, grace: 20 } })
  const answer = app.inject('/never').then()
  await untilExists(`${file}.begun`)
  await limit.runOut()
  t.equal((await answer).statusCode, 503)
  await until('it is gone', () => readSum(file) === 1)
  t.match(app.blocking.stats(), { killed: 0 })
})

t.test('exit handlers of a worker run when an idle thread is closed', async (t) => {
  const { app, file } = await buildFor(t, { plugin: { pool: { minThreads: 1, maxThreads: 2, idleTimeout: 20 } } })
  await repeatUntil('there are two', () => app.blocking.stats().threads.live === 2, async () => {
    await Promise.all(Array.from({ length: 4 }, () => app.inject('/')))
    await until('none boots', () => app.blocking.stats().threads.starting === 0)
  })
  // Whoever has been answered lets a thread be looked at.
  await repeatUntil('one is closed', () => app.blocking.stats().threads.live === 1, () => app.inject('/').then())
  await app.close()
  t.equal(readSum(file), app.blocking.stats().completed)
})

t.test('the exit code that a worker has set is that of the process', async (t) => {
  const before = process.exitCode
  t.teardown(() => { process.exitCode = before })
  process.exitCode = undefined
  const { app } = await buildFor(t, { code: 7, plugin: { pool: one } })
  t.equal((await app.inject('/')).statusCode, 200)
  await app.close()
  t.equal(process.exitCode, 7)
  process.exitCode = before
})

t.test('an exit code that a worker has set is not that of a process which has one', async (t) => {
  const before = process.exitCode
  t.teardown(() => { process.exitCode = before })
  process.exitCode = 0
  const { app } = await buildFor(t, { code: 7, plugin: { pool: one } })
  t.equal((await app.inject('/')).statusCode, 200)
  await app.close()
  t.equal(process.exitCode, 0)
})
