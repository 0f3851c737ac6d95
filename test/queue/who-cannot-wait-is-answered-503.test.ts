import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

for (const max of [2, 0]) {
  t.test(`with queue.max ${max}, one more than may wait is answered 503 at once, with Retry-After`, async (t) => {
    const gate = join(t.testdir(), 'gate')
    const app = await build({
      plugin: { queue: { max }, pool: { minThreads: 1, maxThreads: 1 } },
      routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' } }
    })
    t.teardown(() => app.close())
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    t.equal((await fetch(`${origin}/tell`)).status, 200)

    const still = fetch(`${origin}/still?gate=${gate}`)
    await until('it runs', () => app.blocking.stats().threads.busy === 1)
    const waiting = Array.from({ length: max }, () => fetch(`${origin}/tell`))
    await until('the queue is full', () => app.blocking.stats().queue === max)

    const refused = await fetch(`${origin}/tell`)
    t.equal(refused.status, 503)
    t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
    t.match(await refused.json(), { code: 'FST_BLOCKING_QUEUE_FULL', message: `GET /tell: ${max} requests wait for a worker already; see option queue.max` })
    t.match(app.blocking.stats(), { queue: max, completed: 1, failed: 0, refused: 1 })

    writeFileSync(gate, '')
    for (const response of await Promise.all([still, ...waiting])) t.equal(response.status, 200)
    t.equal((await fetch(`${origin}/tell`)).status, 200)
    t.match(app.blocking.stats(), { queue: 0, completed: 3 + max, failed: 0, refused: 1, routes: { 'GET /tell': { completed: 2 + max, refused: 1 } } })
  })
}

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
  t.match(app.blocking.stats(), { queue: 0, completed: 0, failed: 0, refused: 4, killed: 0 })
  writeFileSync(gate, '')
  t.equal((await still).statusCode, 200)
  t.equal((await app.inject('/tell')).statusCode, 200)
  t.ok(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length <= timers, 'no timer is left')
})
