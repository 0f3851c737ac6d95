import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('an error that nobody catches, or a rejection, is a 500 for its request and for no other', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/throw': { does: 'throwUncaught' }, '/reject': { does: 'rejectUnhandled' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  const [thrown, rejected, ...others] = await Promise.all(['/throw', '/reject', '/tell', '/tell', '/tell', '/tell'].map((url) => app.inject(url)))
  t.equal(thrown?.statusCode, 500)
  t.match(thrown?.json(), { code: 'FST_BLOCKING_THREAD_LOST', message: /thrown outside of the handler/ })
  t.equal(rejected?.statusCode, 500)
  t.match(rejected?.json(), { code: 'FST_BLOCKING_THREAD_LOST', message: /rejected outside of the handler/ })
  t.same(others.map(({ statusCode }) => statusCode), [200, 200, 200, 200])

  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
  t.equal(threads.now, 2)
  t.equal(threads.most, 2)
})
