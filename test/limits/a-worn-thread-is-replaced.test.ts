import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

interface Told { threadId: number }

const pool = { minThreads: 1, maxThreads: 1 }

t.test('after so many requests, and none of them is lost', async (t) => {
  const threads = new ThreadCount()
  const app = await build({ plugin: { pool, recycle: { requests: 5 } }, routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  await app.ready()
  const seen = new Set<number>()
  let failed = 0
  while (app.blocking.stats().recycled < 3) {
    const responses = await Promise.all(Array.from({ length: 20 }, () => app.inject('/tell')))
    for (const response of responses) {
      failed += Number(response.statusCode !== 200)
      seen.add((response.json() as Told).threadId)
    }
  }
  t.equal(failed, 0)
  await until('the pool is at its size', () => threads.now === 1)
  t.ok(seen.size >= 3, `by ${seen.size} threads`)
  t.equal(threads.most, 2, 'one more than maxThreads')
  t.match(app.blocking.stats(), { killed: 0, failed: 0, threads: { live: 1 } })
})

t.test('when its heap has grown', async (t) => {
  const app = await build({ plugin: { pool, recycle: { heap: 60 } }, routes: { '/tell': { does: 'tell' }, '/leak': { does: 'leak' } } })
  t.teardown(() => app.close())
  const first = (await app.inject('/tell')).json() as Told
  t.equal((await app.inject('/tell')).json().threadId, first.threadId)
  t.equal(app.blocking.stats().recycled, 0, 'not before')
  while (app.blocking.stats().recycled === 0) t.equal((await app.inject('/leak')).statusCode, 200)
  const second = (await app.inject('/tell')).json() as Told
  t.not(second.threadId, first.threadId)
})

t.test('when it is old', async (t) => {
  const app = await build({ plugin: { pool, recycle: { age: 1 } }, routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  const first = (await app.inject('/tell')).json() as Told
  let next = first
  while (next.threadId === first.threadId) {
    next = (await app.inject('/tell')).json() as Told
  }
  t.ok(app.blocking.stats().recycled > 0)
})

t.test('not at all, unless asked for', async (t) => {
  const threads = new ThreadCount()
  const app = await build({ plugin: { pool }, routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  const responses = await Promise.all(Array.from({ length: 50 }, () => app.inject('/tell')))
  t.same(new Set(responses.map(({ statusCode }) => statusCode)), new Set([200]))
  t.equal(threads.started, 1)
})
