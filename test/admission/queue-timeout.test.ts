import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

t.test('one that has waited for queue.timeout is answered 503, with Retry-After; what runs is not disturbed', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { queue: { timeout: 150 }, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' }, '/other': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const still = app.inject(`/still?gate=${gate}`)
  await until('it runs', () => app.blocking.stats().threads.busy === 1)

  const urls = ['/tell', '/other', '/tell', '/other']
  const refused = await Promise.all(urls.map((url) => app.inject(url)))
  for (const [index, response] of refused.entries()) {
    t.equal(response.statusCode, 503)
    t.match(response.headers['retry-after'], /^[1-9]\d*$/)
    t.match(response.json(), { code: 'FST_BLOCKING_QUEUE_TIMEOUT', message: `GET ${urls[index]}: no worker was free within 150 ms; see option queue.timeout` })
  }
  t.match(app.blocking.stats(), { queue: 0, completed: 0, failed: 4, killed: 0 })
  writeFileSync(gate, '')
  t.equal((await still).statusCode, 200)
  t.equal((await app.inject('/tell')).statusCode, 200)
  t.ok(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length <= timers, 'no timer is left')
})
