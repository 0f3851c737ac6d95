import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

for (const does of ['throw', 'hang']) {
  t.test(`a thread that shrinking closes is gone even if its onClose hooks ${does}`, async (t) => {
    const threads = new ThreadCount()
    const gate = join(t.testdir(), 'gate')
    const app = await build({
      closes: { does },
      plugin: { grace: 100, pool: { minThreads: 1, maxThreads: 2, idleTimeout: 100 } },
      routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' } }
    })
    t.teardown(() => app.close())
    const requests = [app.inject(`/still?gate=${gate}`), app.inject(`/still?gate=${gate}`)]
    await until('two run', () => app.blocking.stats().threads.busy === 2)
    writeFileSync(gate, '')
    await Promise.all(requests)

    await until('one has exited', () => threads.now === 1)
    t.match(app.blocking.stats().threads, { live: 1, busy: 0, starting: 0, exiting: 0 })
    t.equal((await app.inject('/tell')).statusCode, 200)
    await app.close()
    t.equal(threads.now, 0)
  })
}
