import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'
import { build } from './fixtures/asking.js'

t.test('as many as maxRetired says; further ones keep their place until they are gone', async (t) => {
  const threads = new ThreadCount()
  const file = join(t.testdir(), 'notes')
  const app = await build({ file, plugin: { pool: { maxRetired: 1 } } })
  t.teardown(() => app.close())
  await app.ready()
  t.equal((await app.inject('/transaction')).statusCode, 503)
  await until('a thread is retired, and has a successor', () => {
    const { live, retired } = app.blocking.stats().threads
    return retired === 1 && live === 1
  })
  t.equal((await app.inject('/tell')).body, 'told')

  t.equal((await app.inject('/transaction')).statusCode, 503)
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
