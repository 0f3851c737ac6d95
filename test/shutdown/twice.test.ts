import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'

t.test('an app may be closed twice, at once and again', async (t) => {
  const threads = new ThreadCount()
  const app = await build({ plugin: { pool: { minThreads: 1, maxThreads: 2 } }, routes: { '/tell': { does: 'tell' } } })
  t.equal((await app.inject('/tell')).statusCode, 200)
  await Promise.all([app.close(), app.close()])
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 1)
})
