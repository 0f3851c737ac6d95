import t from 'tap'
import { build, createBegun } from '../fixtures/endless-values.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'

t.test('what a worker gives and cannot be read to its end is ended by the time limit, whichever way it goes', async (t) => {
  const limit = new HeldTimers(t)
  const begun = createBegun()
  const app = await build({ begun, timeout: held })
  t.teardown(() => app.close())
  await app.ready()

  const paths = ['/answer', '/toJSON', '/log', '/result', '/error', '/argument', '/sync-argument', '/dependency']
  for (const [index, path] of paths.entries()) {
    const answer = app.inject(path).then()
    await until(`${path} is read`, () => Atomics.load(begun, 0) === index + 1)
    await limit.runOut()
    const response = await answer
    t.equal(response.statusCode, 503, path)
    t.match(response.json(), { code: 'FST_BLOCKING_TIMEOUT' }, path)
    t.equal((await app.inject('/good')).body, 'good', 'and another thread takes over')
  }
  t.match(app.blocking.stats(), { killed: paths.length, threads: { live: 1, busy: 0, retired: 0, exiting: 0 }, queue: 0 })
})
