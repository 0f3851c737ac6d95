import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('a handler that exhausts its heap gets a 500 with a code, and its thread is replaced', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1, resourceLimits: { maxOldGenerationSizeMb: 48 } } },
    routes: { '/heap': { does: 'exhaustHeap' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  const [heap, ...others] = await Promise.all(['/heap', '/tell', '/tell', '/tell'].map((url) => app.inject(url)))
  t.equal(heap?.statusCode, 500)
  t.match(heap?.json(), { code: 'FST_BLOCKING_OUT_OF_MEMORY', message: /memory limit/ })
  t.same(others.map(({ statusCode }) => statusCode), [200, 200, 200], 'those behind it are answered by the next thread')
  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
  t.equal(threads.now, 1)
  t.equal(threads.most, 1)
  t.match(app.blocking.stats(), { completed: 3, failed: 1 })
})
