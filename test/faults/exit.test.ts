import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('a handler that calls process.exit gets a 500 with a code, and its thread is replaced', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/exit': { does: 'exit' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  const requests = ['/tell', '/exit', '/tell', '/exit', '/tell', '/tell', '/exit', '/tell'].map(async (url) => ({ url, response: await app.inject(url) }))
  for (const { url, response } of await Promise.all(requests)) {
    t.equal(response.statusCode, url === '/exit' ? 500 : 200)
    if (url === '/exit') t.match(response.json(), { code: 'FST_BLOCKING_THREAD_LOST', message: /^GET \/exit: .*exited with code 3/ })
  }

  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
  t.equal(threads.now, 2)
  t.equal(threads.most, 2, 'never more than maxThreads')
  t.equal(threads.started, 5, 'one more for each that exited')
  t.match(app.blocking.stats(), { queue: 0, completed: 5, failed: 3, killed: 0 })
})
