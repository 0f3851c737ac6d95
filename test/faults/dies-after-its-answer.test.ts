import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

for (const does of ['throwAfterAnswer', 'answerAndExit']) {
  t.test(`a thread that dies after its answer takes no other request along: ${does}`, async (t) => {
    const threads = new ThreadCount()
    const app = await build({
      plugin: { pool: { minThreads: 1, maxThreads: 1 } },
      routes: { '/die': { does }, '/tell': { does: 'tell' } }
    })
    t.teardown(() => app.close())

    for (let round = 0; round < 2; round++) {
      // The first of the others is on its way to the thread before that is known to be dying.
      const [died, ...others] = await Promise.all(['/die', '/tell', '/tell', '/tell'].map((url) => app.inject(url)))
      t.equal(died?.statusCode, 200)
      t.equal(died?.payload, 'answered')
      t.same(others.map(({ statusCode }) => statusCode), [200, 200, 200])
    }
    await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
    t.equal(threads.most, 1)
    t.match(app.blocking.stats(), { completed: 8, failed: 0, queue: 0 })
  })
}
