import { join } from 'node:path'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'
import { build as buildEndless, createBegun } from './fixtures/endless-values.js'

t.test('a time limit of 0 is none, whatever the registration says', async (t) => {
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { timeout: 20, grace: 0, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill', blocking: { timeout: 0 } }, '/limited': { does: 'standStill' } }
  })
  t.teardown(() => app.close())

  await app.ready()
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const still = app.inject(`/still?gate=${gate}`)
  await untilExists(`${gate}.started`)
  t.equal(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length, timers, 'there is no timer at all')
  writeFileSync(gate, '')
  t.equal((await still).statusCode, 200)
  t.equal((await app.inject(`/limited?gate=${gate}.never`)).statusCode, 503)
})

t.test('over its time limit, a handler that minds request.signal keeps its thread', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const limited = { blocking: { timeout: held } }
  // The grace period is far beyond the test's end: a handler that took no notice would fail the test.
  const app = await build({
    plugin: { grace: 100_000, pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/readSignal': { does: 'readSignal', ...limited }, '/hearSignal': { does: 'hearSignal', ...limited }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  for (const [index, does] of ['readSignal', 'hearSignal'].entries()) {
    await t.test(does, async (t) => {
      const limit = new HeldTimers(t)
      const gate = join(directory, does)
      const before = (await app.inject('/tell')).json()

      const answer = app.inject(`/${does}?gate=${gate}`).then()
      await untilExists(`${gate}.started`)
      await limit.runOut()
      const response = await answer
      t.equal(response.statusCode, 503)
      t.match(response.json(), { code: 'FST_BLOCKING_TIMEOUT' })
      await untilExists(gate)
      await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
      t.equal(readFileSync(gate, 'utf8'), 'FST_BLOCKING_TIMEOUT', 'the reason of the signal has the code')

      t.same((await app.inject('/tell')).json(), before, 'the same thread')
      t.equal(threads.started, 1)
      const count = index + 1
      t.match(app.blocking.stats(), { killed: 0, completed: 2 * count, failed: 0, timedOut: count, threads: { live: 1, exiting: 0, starting: 0 } })
    })
  }
})

t.test('where there is room, a successor boots while a request that is over time has its grace period', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 100_000, pool: { minThreads: 1, maxThreads: 2 } },
    routes: { '/still': { does: 'standStill', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const { threadId } = (await app.inject('/tell')).json()
  t.equal(threads.started, 1)

  const still = app.inject(`/still?gate=${gate}`).then()
  await untilExists(`${gate}.started`)
  await limit.runOut()
  t.equal((await still).statusCode, 503)
  t.equal(app.blocking.stats().threads.starting, 1, 'without a request that would need it')
  await until('it has booted', () => app.blocking.stats().threads.live === 2)
  t.match(app.blocking.stats(), { killed: 0, threads: { busy: 1 } })
  t.not((await app.inject('/tell')).json().threadId, threadId)

  writeFileSync(gate, '')
  await until('the first one is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(threads.most, 2)
  t.equal(threads.started, 2)
  t.equal(app.blocking.stats().killed, 0)
})

t.test('a handler that loops for ever is answered 503, and its thread terminated and replaced', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const directory = t.testdir()
  const gates = ['one', 'other'].map((name) => join(directory, name))
  const app = await build({
    plugin: { grace: 50, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/loop': { does: 'loop', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })

  // Both threads are taken; who comes after them waits for their successors.
  const loops = gates.map((gate) => fetch(`${origin}/loop?gate=${gate}`))
  for (const gate of gates) await untilExists(`${gate}.started`)
  const waiting = Array.from({ length: 10 }, () => fetch(`${origin}/tell`))
  await until('ten wait', () => app.blocking.stats().queue === 10)
  await limit.runOut()
  const others = await Promise.all(waiting)
  t.same(others.map(({ status }) => status), Array(10).fill(200))
  for (const loop of await Promise.all(loops)) {
    t.equal(loop.status, 503)
    t.match(await loop.json(), { code: 'FST_BLOCKING_TIMEOUT', message: `GET /loop: the worker did not answer within ${held} ms; see option timeout` })
  }

  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
  t.equal(threads.now, 2)
  t.equal(threads.most, 2, 'never more than maxThreads')
  t.equal(threads.started, 4)
  const { killed, failed, timedOut, completed, queue, routes } = app.blocking.stats()
  t.same({ killed, failed, timedOut, completed, queue }, { killed: 2, failed: 0, timedOut: 2, completed: 10, queue: 0 })
  t.match(routes, { 'GET /loop': { completed: 0, timedOut: 2, run: { count: 2 } }, 'GET /tell': { completed: 10, failed: 0, run: { count: 10 } } })
})

t.test('what a worker gives and cannot be read to its end is ended by the time limit, whichever way it goes', async (t) => {
  const limit = new HeldTimers(t)
  const begun = createBegun()
  const app = await buildEndless({ begun, timeout: held })
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
