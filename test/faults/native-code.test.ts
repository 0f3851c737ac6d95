import { performance } from 'node:perf_hooks'
import { pbkdf2Sync } from 'node:crypto'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

/** How many rounds keep this machine busy for about so many ms. */
function roundsFor (milliseconds: number): number {
  const start = performance.now()
  pbkdf2Sync('password', 'salt', 20_000, 64, 'sha512')
  return Math.ceil(20_000 * milliseconds / (performance.now() - start))
}

t.test('a thread in native code counts until it has exited, not until it was told to', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/native': { does: 'blockInNativeCode', blocking: { timeout: 50 } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  const native = await app.inject(`/native?rounds=${roundsFor(2_000)}`)
  t.equal(native.statusCode, 503)
  t.match(native.json(), { code: 'FST_BLOCKING_TIMEOUT' })

  await until('the thread is told to exit', () => app.blocking.stats().threads.exiting === 1)
  t.equal(threads.now, 2, 'it runs nevertheless')
  const others = await Promise.all(Array.from({ length: 20 }, () => app.inject('/tell')))
  t.same(new Set(others.map(({ statusCode }) => statusCode)), new Set([200]), 'the other thread serves everybody else')
  t.equal(app.blocking.stats().threads.exiting, 1, 'and all the while it has not exited')
  t.equal(threads.started, 2, 'so none has taken its place')

  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
  t.equal(threads.most, 2, 'never more than maxThreads')
  t.equal(threads.now, 2)
  t.equal(app.blocking.stats().killed, 1)
})
