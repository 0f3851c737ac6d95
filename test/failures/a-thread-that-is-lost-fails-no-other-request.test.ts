import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { onlyCompleted } from '../support/outcomes.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

t.test('of two threads', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/exit': { does: 'exit' }, '/throw': { does: 'throwUncaught' }, '/reject': { does: 'rejectUnhandled' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  await t.test('a handler that calls process.exit gets a 500 with a code, and its thread is replaced', async (t) => {
    const requests = ['/tell', '/exit', '/tell', '/exit', '/tell', '/tell', '/exit', '/tell'].map(async (url) => ({ url, response: await app.inject(url) }))
    for (const { url, response } of await Promise.all(requests)) {
      t.equal(response.statusCode, url === '/exit' ? 500 : 200)
      if (url === '/exit') t.match(response.json(), { code: 'FST_BLOCKING_THREAD_LOST', message: /^GET \/exit: .*exited with code 3/ })
    }

    await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
    t.equal(threads.now, 2)
    t.equal(threads.most, 2, 'never more than maxThreads')
    t.equal(threads.started, 5, 'one more for each that exited')
    t.match(app.blocking.stats(), { queue: 0, completed: 5, failed: 3, killed: 0 })
  })

  await t.test('an error that nobody catches, or a rejection, is a 500 for its request and for no other', async (t) => {
    const [thrown, rejected, ...others] = await Promise.all(['/throw', '/reject', '/tell', '/tell', '/tell', '/tell'].map((url) => app.inject(url)))
    t.equal(thrown?.statusCode, 500)
    t.match(thrown?.json(), { code: 'FST_BLOCKING_THREAD_LOST', message: /thrown outside of the handler/ })
    t.equal(rejected?.statusCode, 500)
    t.match(rejected?.json(), { code: 'FST_BLOCKING_THREAD_LOST', message: /rejected outside of the handler/ })
    t.same(others.map(({ statusCode }) => statusCode), [200, 200, 200, 200])

    await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
    t.equal(threads.now, 2)
    t.equal(threads.most, 2)
  })
})

t.test('a handler that exhausts its heap gets a 500 with a code, and its thread is replaced', async (t) => {
  const threads = new ThreadCount()
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1, resourceLimits: { maxOldGenerationSizeMb: 48 } } },
    routes: { '/heap': { does: 'exhaustHeap' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  const [heap, ...others] = await Promise.all(['/heap', '/tell', '/tell', '/tell'].map((url) => app.inject(url)))
  t.equal(heap?.statusCode, 500)
  t.match(heap?.json(), { code: 'FST_BLOCKING_OUT_OF_MEMORY', message: /memory limit/ })
  t.same(others.map(({ statusCode }) => statusCode), [200, 200, 200], 'those behind it are answered by the next thread')
  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
  t.equal(threads.now, 1)
  t.equal(threads.most, 1)
  t.match(app.blocking.stats(), { completed: 3, failed: 1 })
})

t.test('a thread that dies after its answer takes no other request along', async (t) => {
  const threads = new ThreadCount()
  const ways = ['throwAfterAnswer', 'answerAndExit']
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: { ...Object.fromEntries(ways.map((does) => [`/${does}`, { does }])), '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())

  for (const [index, does] of ways.entries()) {
    await t.test(does, async (t) => {
      for (let round = 0; round < 2; round++) {
        // The first of the others is on its way to the thread before that is known to be dying.
        const [died, ...others] = await Promise.all([`/${does}`, '/tell', '/tell', '/tell'].map((url) => app.inject(url)))
        t.equal(died?.statusCode, 200)
        t.equal(died?.payload, 'answered')
        t.same(others.map(({ statusCode }) => statusCode), [200, 200, 200])
      }
      await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
      t.equal(threads.most, 1)
      t.match(app.blocking.stats(), { completed: 8 * (index + 1), ...onlyCompleted, queue: 0 })
    })
  }
})

t.test('when a shared thread is killed, what it had begun is lost, what it had not begun goes to the next one', async (t) => {
  const limit = new HeldTimers(t)
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const app = await build({
    plugin: { grace: 50, pool: { minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 3 } },
    routes: { '/wait': { does: 'wait' }, '/loop': { does: 'loop', blocking: { timeout: held } }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const begun = app.inject(`/wait?gate=${gate}`)
  await untilExists(`${gate}.started`)

  const requests = [`/loop?gate=${gate}-loop`, '/tell', '/tell'].map((url) => app.inject(url).then())
  await untilExists(`${gate}-loop.started`)
  await limit.runOut()
  const [looped, ...others] = await Promise.all(requests)
  t.equal(looped?.statusCode, 503)
  t.same(others.map(({ statusCode }) => statusCode), [200, 200])
  const lost = await begun
  t.equal(lost.statusCode, 500)
  t.match(lost.json(), { code: 'FST_BLOCKING_THREAD_LOST' })
  await until('the pool is back at its size', () => app.blocking.stats().threads.live === 1)
  t.equal(threads.most, 1)
  t.match(app.blocking.stats(), { killed: 1, completed: 2, failed: 1, timedOut: 1, queue: 0, threads: { busy: 0 } })
})

t.test('a request whose thread exits is answered where nothing else keeps the process', async (t) => {
  const { code, stdout, stderr } = await runToEnd(t, [fixturesOf(import.meta.url)('exits-with-nothing-else-to-do.js')])
  t.same({ code, stdout, stderr }, { code: 0, stdout: 'FST_BLOCKING_THREAD_LOST\n'.repeat(5), stderr: '' })
})
