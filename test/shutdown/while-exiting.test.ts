import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('close waits for a thread that was told to exit and is still in native code', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/native': { does: 'blockInNativeCode', blocking: { timeout: 20 } } }
  })
  t.equal((await app.inject('/native?rounds=300000')).statusCode, 503)
  await until('it is told to exit', () => app.blocking.stats().threads.exiting === 1)
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 1, 'none was started in order to be closed')
})
