import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { build as buildFirstWait } from './fixtures/first-wait.js'
import { buildLoopFunctions } from './fixtures/typed.js'

// The function that it waits for never returns.
t.test('a thread that waits for the loop is told of its time limit, and goes on', async (t) => {
  const limit = new HeldTimers(t)
  const app = await buildLoopFunctions({ route: { blocking: { timeout: held } } })
  t.teardown(() => app.close())
  const { worker } = (await app.inject('/tell')).json() as { worker: number }
  const answer = app.inject('/never').then()
  await until('it waits', () => app.recorded.length === 1)
  await limit.runOut()
  t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT' })
  t.same((await app.inject('/tell')).json(), { worker })
  t.equal(app.blocking.stats().killed, 0)
  t.equal((await app.inject('/sync?a=1&b=2')).json().sum, 3, 'an answer that comes later is not taken for another')
})

t.test('so it is where the limit runs out before the loop has received its first call', async (t) => {
  const limit = new HeldTimers(t)
  const file = join(t.testdir(), 'file')
  const app = await buildFirstWait({ file, limit: held })
  t.teardown(() => app.close())
  const { worker } = (await app.inject('/tell')).json() as { worker: number }
  const answer = app.inject('/never').then()
  await untilExists(`${file}.begun`)
  writeFileSync(`${file}.go`, '')
  // The loop stands still, and receives nothing before the limit runs out.
  while (!existsSync(`${file}.waits`));
  await limit.runOut()
  t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT' })
  t.same((await app.inject('/tell')).json(), { worker })
})

t.test('its call has a limit and a signal too', async (t) => {
  const limit = new HeldTimers(t)
  const app = await buildLoopFunctions({ limits: { timeout: held } })
  t.teardown(() => app.close())
  await app.ready()
  const isHearing = await app.offloaded.isHearing()
  const rejected = t.rejects(app.offloaded.hear('limit'), { code: 'FST_BLOCKING_TIMEOUT' })
  await until('it waits', () => app.recorded.length === 1)
  await limit.runOut()
  await rejected
  await until('it has noted why', () => app.recorded.length === 2)
  t.same(app.recorded, ['limit', ['ended', 'FastifyError', 'FST_BLOCKING_TIMEOUT']])
  t.equal(await app.offloaded.isHearing(), isHearing)
})

t.test('an abort ends the wait', async (t) => {
  const app = await buildLoopFunctions({ plugin: { grace: 100_000 } })
  t.teardown(() => app.close())
  await app.ready()
  const isHearing = await app.offloaded.isHearing()
  const controller = new AbortController()
  const hearing = app.offloaded.hear.with({ signal: controller.signal })('abort')
  await until('it waits', () => app.recorded.length === 1)
  controller.abort()
  await t.rejects(hearing, { name: 'AbortError' })
  await until('it has noted why', () => app.recorded.length === 2)
  t.same(app.recorded[1], ['ended', 'AbortError', DOMException.ABORT_ERR])
  t.equal(await app.offloaded.isHearing(), isHearing)
})

t.test('close() ends the wait', async (t) => {
  const app = await buildLoopFunctions({ plugin: { grace: 50 } })
  await app.ready()
  const answer = app.inject('/never')
  await until('it waits', () => app.recorded.length === 1)
  await app.close()
  t.match((await answer).json(), { code: 'FST_BLOCKING_CLOSING' })
})

t.test('one that does not end its request when the wait has ended is terminated', async (t) => {
  const limit = new HeldTimers(t)
  const app = await buildLoopFunctions({ route: { blocking: { timeout: held } }, plugin: { grace: 10 } })
  t.teardown(() => app.close())
  const { worker } = (await app.inject('/tell')).json() as { worker: number }
  const answer = app.inject('/stubborn').then()
  await until('it waits', () => app.recorded.length > 0)
  await limit.runOut()
  t.match((await answer).json(), { code: 'FST_BLOCKING_TIMEOUT' })
  t.not((await app.inject('/tell')).json().worker, worker)
  t.equal(app.blocking.stats().killed, 1)
})
