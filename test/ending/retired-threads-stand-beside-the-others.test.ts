import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build } from './fixtures/asking.js'

t.test('as many as maxRetired says; further ones keep their place until they are gone', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const file = join(t.testdir(), 'notes')
  const app = await build({ file, limit: held, plugin: { pool: { maxRetired: 1 } } })
  t.teardown(() => app.close())
  /** Its status, when it has begun, as one of so many, and is over its limit then. */
  const overrun = async (begun: number): Promise<number> => {
    const answer = app.inject('/transaction').then()
    await until('its handler has begun', () => existsSync(`${file}.begun`) && readFileSync(`${file}.begun`, 'utf8').length === begun)
    await limit.runOut()
    return (await answer).statusCode
  }
  await app.ready()
  t.equal(await overrun(1), 503)
  await until('a thread is retired, and has a successor', () => {
    const { live, retired } = app.blocking.stats().threads
    return retired === 1 && live === 1
  })
  t.equal((await app.inject('/tell')).body, 'told')

  t.equal(await overrun(2), 503)
  await until('two are retired', () => app.blocking.stats().threads.retired === 2)
  const waiting = app.inject('/tell')
  waiting.then(() => {})
  t.match(app.blocking.stats().threads, { live: 0, starting: 0, retired: 2 }, 'there is no place for another one')
  t.equal(threads.most, 2)

  writeFileSync(`${file}.go`, '')
  t.equal((await waiting).body, 'told', 'until one is gone')
  await until('all of them are', () => app.blocking.stats().threads.retired === 0)
  t.match(app.blocking.stats(), { killed: 0, threads: { live: 1, exiting: 0 } })
  t.equal(threads.most, 2, 'never more than maxThreads and maxRetired')
})
