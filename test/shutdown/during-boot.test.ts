import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

const options = { plugin: { pool: { minThreads: 2, maxThreads: 3 } }, routes: { '/tell': { does: 'tell' }, '/still': { does: 'standStill' } } }

t.test('close while the first threads boot leaves none', async (t) => {
  const threads = new ThreadCount()
  const app = await build(options)
  t.match(app.blocking.stats().threads, { starting: 2, live: 0 })
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 2)
})

t.test('close while one more boots leaves none', async (t) => {
  const threads = new ThreadCount()
  const gate = `${t.testdir()}/never`
  const app = await build({ ...options, plugin: { ...options.plugin, grace: 50 } })
  await app.ready()
  const requests = Array.from({ length: 3 }, () => app.inject(`/still?gate=${gate}`))
  await until('one more boots', () => app.blocking.stats().threads.starting === 1)
  await app.close()
  t.equal(threads.now, 0)
  t.equal(threads.started, 3)
  t.same((await Promise.all(requests)).map(({ statusCode }) => statusCode), [503, 503, 503])
})
