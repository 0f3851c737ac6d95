import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { onlyCompleted } from '../support/outcomes.js'
import { repeatUntil } from '../support/retry.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

interface Told { threadId: number }

const one = { minThreads: 1, maxThreads: 1 }

t.test('threads grow from minThreads to maxThreads under load, and shrink when they have idled', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const closed = join(directory, 'closed')
  const app = await build({
    closes: { does: 'note', file: closed },
    plugin: { pool: { minThreads: 1, maxThreads: 3, idleTimeout: 200 } },
    routes: { '/still': { does: 'standStill' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  t.equal(threads.now, 1)
  t.match(app.blocking.stats().threads, { live: 1, busy: 0, starting: 0, exiting: 0 })

  const gate = join(directory, 'gate')
  const requests = Array.from({ length: 5 }, () => app.inject(`/still?gate=${gate}`))
  await until('three run', () => app.blocking.stats().threads.busy === 3)
  t.equal(app.blocking.stats().queue, 2)
  t.equal(threads.now, 3)
  writeFileSync(gate, '')
  const ids = (await Promise.all(requests)).map((response) => response.json().threadId)
  t.equal(new Set(ids).size, 3)

  await until('two have exited', () => threads.now === 1)
  t.equal(threads.most, 3)
  t.match(app.blocking.stats().threads, { live: 1, busy: 0, starting: 0, exiting: 0 })
  t.equal(app.blocking.stats().killed, 0)
  t.equal(readFileSync(closed, 'utf8').trim().split('\n').length, 2, 'their apps were closed')
  t.equal((await app.inject('/tell')).statusCode, 200)
})

t.test('a thread that has booted when the load was over already goes as well', async (t) => {
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 2, idleTimeout: 200 } },
    routes: { '/still': { does: 'standStill' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const requests = [app.inject(`/still?gate=${gate}`), app.inject(`/still?gate=${gate}`)]
  await until('another thread is about to boot', () => app.blocking.stats().threads.starting === 1)
  writeFileSync(gate, '')
  await Promise.all(requests)
  await until('it has booted', () => app.blocking.stats().threads.starting === 0)
  await until('one of the two has exited', () => threads.now === 1)
  t.equal(threads.most, 2)
})

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

t.test('a worn thread is replaced after so many requests, and none of them is lost', async (t) => {
  const threads = new ThreadCount()
  const app = await build({ plugin: { pool: one, recycle: { requests: 5 } }, routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  await app.ready()
  const seen = new Set<number>()
  let failed = 0
  await repeatUntil('three were recycled', () => app.blocking.stats().recycled >= 3, async () => {
    const responses = await Promise.all(Array.from({ length: 20 }, () => app.inject('/tell')))
    for (const response of responses) {
      failed += Number(response.statusCode !== 200)
      seen.add((response.json() as Told).threadId)
    }
  })
  t.equal(failed, 0)
  await until('the pool is at its size', () => threads.now === 1)
  t.ok(seen.size >= 3, `by ${seen.size} threads`)
  t.equal(threads.most, 2, 'one more than maxThreads')
  t.match(app.blocking.stats(), { killed: 0, ...onlyCompleted, threads: { live: 1 } })
})

t.test('a worn thread is replaced when its heap has grown', async (t) => {
  const app = await build({ plugin: { pool: one, recycle: { heap: 60 } }, routes: { '/tell': { does: 'tell' }, '/leak': { does: 'leak' } } })
  t.teardown(() => app.close())
  const first = (await app.inject('/tell')).json() as Told
  t.equal((await app.inject('/tell')).json().threadId, first.threadId)
  t.equal(app.blocking.stats().recycled, 0, 'not before')
  await repeatUntil('it is recycled', () => app.blocking.stats().recycled > 0, async () => {
    t.equal((await app.inject('/leak')).statusCode, 200)
  })
  const second = (await app.inject('/tell')).json() as Told
  t.not(second.threadId, first.threadId)
})

t.test('a worn thread is replaced when it is old', async (t) => {
  const app = await build({ plugin: { pool: one, recycle: { age: 1 } }, routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  const first = (await app.inject('/tell')).json() as Told
  let next = first
  await repeatUntil('another one answers', () => next.threadId !== first.threadId, async () => {
    next = (await app.inject('/tell')).json() as Told
  })
  t.ok(app.blocking.stats().recycled > 0)
})

t.test('no thread is replaced, unless asked for', async (t) => {
  const threads = new ThreadCount()
  const app = await build({ plugin: { pool: one }, routes: { '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  const responses = await Promise.all(Array.from({ length: 50 }, () => app.inject('/tell')))
  t.same(new Set(responses.map(({ statusCode }) => statusCode)), new Set([200]))
  t.equal(threads.started, 1)
})

t.test('several visits of one thread run at once, up to concurrentTasksPerWorker', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({ plugin: { pool: { ...one, concurrentTasksPerWorker: 3 } }, routes: { '/wait': { does: 'wait' }, '/tell': { does: 'tell' } } })
  t.teardown(() => app.close())
  await app.ready()
  const gates = [0, 1, 2].map((index) => `${gate}${index}`)
  const running = gates.map((one) => app.inject(`/wait?gate=${one}`))
  for (const one of gates) await untilExists(`${one}.started`)
  const waiting = app.inject('/tell')
  await until('one waits', () => app.blocking.stats().queue === 1)
  t.match(app.blocking.stats().threads, { live: 1, busy: 1 })
  for (const one of gates) writeFileSync(one, '')
  for (const response of await Promise.all([...running, waiting])) t.equal(response.statusCode, 200)
})
